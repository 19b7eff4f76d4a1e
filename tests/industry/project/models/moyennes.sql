-- What prices of each kind of part look like. A median of decimals would be cut to their scale.
SELECT
    pi.genre,
    count(*) AS lignes,
    avg(l.prix) AS moyenne,
    median(l.prix::DOUBLE) AS mediane,
    quantile_cont(l.prix::DOUBLE, 0.9) AS decile,
    stddev_samp(l.quantite) AS ecart,
    min(l.prix) AS moins,
    max(pi.taille) AS taille
FROM silver.lignes AS l JOIN silver.pieces AS pi ON pi.id_piece = l.piece
GROUP BY pi.genre
