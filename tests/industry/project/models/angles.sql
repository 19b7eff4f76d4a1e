-- Orders by year, by quarter over all years, and by weekday.
SELECT
    extract(year FROM jour) AS annee,
    extract(quarter FROM jour) AS trimestre,
    extract(isodow FROM jour) AS jour_semaine,
    count(*) AS commandes,
    count(remarque) AS remarques
FROM silver.commandes
GROUP BY GROUPING SETS ((extract(year FROM jour)), (extract(quarter FROM jour)), (extract(isodow FROM jour)))
