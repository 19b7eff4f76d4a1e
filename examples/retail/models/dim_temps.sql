-- One row per day that has purchases, with its names in French and its ISO week.
-- The days come from agregation_jour, so that the purchases are not read again.
WITH jours AS (
    SELECT
        date,
        annee,
        mois,
        jour,
        CAST(extract(isodow FROM date) AS INTEGER) AS jour_semaine
    FROM agregation_jour
)

SELECT
    annee * 10000 + mois * 100 + jour AS dim_temps_id,
    date,
    annee,
    CAST(extract(quarter FROM date) AS INTEGER) AS trimestre,
    mois,
    CASE mois
        WHEN 1 THEN 'janvier'
        WHEN 2 THEN 'février'
        WHEN 3 THEN 'mars'
        WHEN 4 THEN 'avril'
        WHEN 5 THEN 'mai'
        WHEN 6 THEN 'juin'
        WHEN 7 THEN 'juillet'
        WHEN 8 THEN 'août'
        WHEN 9 THEN 'septembre'
        WHEN 10 THEN 'octobre'
        WHEN 11 THEN 'novembre'
        WHEN 12 THEN 'décembre'
    END AS nom_mois,
    CAST(extract(isoyear FROM date) AS INTEGER) AS annee_iso,
    CAST(extract(week FROM date) AS INTEGER) AS semaine,
    jour,
    jour_semaine,
    CASE jour_semaine
        WHEN 1 THEN 'lundi'
        WHEN 2 THEN 'mardi'
        WHEN 3 THEN 'mercredi'
        WHEN 4 THEN 'jeudi'
        WHEN 5 THEN 'vendredi'
        WHEN 6 THEN 'samedi'
        WHEN 7 THEN 'dimanche'
    END AS nom_jour,
    jour_semaine >= 6 AS est_weekend
FROM jours
