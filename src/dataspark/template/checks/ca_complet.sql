-- severity: error
-- A check is a query whose rows are the failures. With `error` a failure keeps the release where it is;
-- `-- severity: warn` only tells.
-- Here: both models must add up to the same revenue.
SELECT
    p.total AS par_produit,
    m.total AS par_mois
FROM (SELECT coalesce(sum(ca_total), 0) AS total FROM ca_par_produit) AS p
CROSS JOIN (SELECT coalesce(sum(ca_total), 0) AS total FROM ca_par_mois) AS m
WHERE p.total <> m.total
