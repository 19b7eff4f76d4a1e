-- Orders by ISO week: at the ends of a year the week's year is another one.
SELECT
    extract(isoyear FROM jour) AS annee,
    extract(week FROM jour) AS semaine,
    min(jour) AS premier,
    count(*) AS commandes,
    count(DISTINCT client) AS clients
FROM silver.commandes
GROUP BY ALL
