-- How late each way of transport is, and what never came.
SELECT
    mode,
    count(*) AS lignes,
    count(*) FILTER (WHERE livre > promis) AS en_retard,
    count(*) FILTER (WHERE livre IS NULL) AS jamais,
    sum(datediff('day', promis, livre)) FILTER (WHERE livre > promis) AS jours_de_retard,
    max(livre - promis) AS pire,
    sum(CASE WHEN livre <= promis - INTERVAL 3 DAY THEN 1 ELSE 0 END) AS tres_tot,
    min(last_day(promis)) AS premiere_fin_de_mois
FROM silver.lignes
GROUP BY mode
