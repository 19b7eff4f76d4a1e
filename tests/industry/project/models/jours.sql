-- Every day on which something was ordered or came back, also where only one of the two happened.
WITH commandes AS (SELECT jour, count(*) AS nombre FROM silver.commandes GROUP BY jour),
retours AS (SELECT jour, count(*) AS nombre, count(motif) AS motifs FROM silver.retours GROUP BY jour)

SELECT
    coalesce(c.jour, r.jour) AS jour,
    c.nombre AS commandes,
    r.nombre AS retours,
    r.motifs,
    coalesce(c.nombre, 0) - coalesce(r.nombre, 0) AS difference
FROM commandes AS c
FULL JOIN retours AS r ON c.jour = r.jour
