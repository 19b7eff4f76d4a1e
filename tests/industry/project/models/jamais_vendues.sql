-- Parts that nobody ordered, although somebody has them in stock.
SELECT pi.id_piece, pi.nom
FROM silver.pieces AS pi
WHERE NOT EXISTS (SELECT 1 FROM silver.lignes AS l WHERE l.piece = pi.id_piece)
    AND EXISTS (SELECT * FROM silver.offres AS o WHERE o.piece = pi.id_piece AND o.stock > 0)
