-- severity: error
-- Every key of a dimension, and every value that it stands for, is there once.
SELECT 'dim_client' AS dimension, CAST(dim_client_id AS VARCHAR) AS valeur, count(*) AS lignes
FROM dim_client
GROUP BY dim_client_id
HAVING count(*) > 1 OR dim_client_id IS NULL
UNION ALL
SELECT 'dim_produit' AS dimension, CAST(dim_produit_id AS VARCHAR) AS valeur, count(*) AS lignes
FROM dim_produit
GROUP BY dim_produit_id
HAVING count(*) > 1 OR dim_produit_id IS NULL
UNION ALL
SELECT 'dim_produit' AS dimension, produit AS valeur, count(*) AS lignes
FROM dim_produit
GROUP BY produit
HAVING count(*) > 1 OR produit IS NULL
UNION ALL
SELECT 'dim_pays' AS dimension, CAST(dim_pays_id AS VARCHAR) AS valeur, count(*) AS lignes
FROM dim_pays
GROUP BY dim_pays_id
HAVING count(*) > 1 OR dim_pays_id IS NULL
UNION ALL
SELECT 'dim_pays' AS dimension, pays AS valeur, count(*) AS lignes
FROM dim_pays
GROUP BY pays
HAVING count(*) > 1 OR pays IS NULL
UNION ALL
SELECT 'dim_temps' AS dimension, CAST(dim_temps_id AS VARCHAR) AS valeur, count(*) AS lignes
FROM dim_temps
GROUP BY dim_temps_id
HAVING count(*) > 1 OR dim_temps_id IS NULL
UNION ALL
SELECT 'dim_temps' AS dimension, CAST(date AS VARCHAR) AS valeur, count(*) AS lignes
FROM dim_temps
GROUP BY date
HAVING count(*) > 1 OR date IS NULL
