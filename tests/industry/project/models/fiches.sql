-- What the phone list needs of clients, and how often each ordered, never included.
SELECT
    c.id_client,
    upper(trim(c.nom)) AS nom,
    length(c.nom) AS longueur,
    substring(c.telephone, 1, 2) AS indicatif,
    split_part(c.telephone, '-', 2) || '.' || replace(right(c.telephone, 4), '0', 'o') AS court,
    coalesce(p.nom, 'Inconnu') AS pays,
    count(o.id_commande) AS commandes,
    CASE
        WHEN count(o.id_commande) = 0 THEN 'jamais'
        WHEN count(o.id_commande) < 8 THEN 'peu'
        ELSE 'souvent'
    END AS habitude
FROM silver.clients AS c
LEFT JOIN silver.pays AS p ON p.code = c.pays
LEFT JOIN silver.commandes AS o ON o.client = c.id_client AND o.remarque NOT LIKE '%spéciale%client%'
GROUP BY c.id_client, c.nom, c.telephone, p.nom
