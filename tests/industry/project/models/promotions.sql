-- The share of revenue that promoted parts made, month by month.
SELECT
    year(o.jour) AS annee,
    month(o.jour) AS mois,
    100.00 * sum(CASE WHEN pi.genre LIKE 'PROMO%' THEN l.prix * l.quantite ELSE 0 END) / sum(l.prix * l.quantite) AS part
FROM silver.lignes AS l
JOIN silver.pieces AS pi ON pi.id_piece = l.piece
JOIN silver.commandes AS o ON o.id_commande = l.commande
GROUP BY year(o.jour), month(o.jour)
