-- For each small part, who sells it at the lowest cost; several where they ask the same.
SELECT pi.id_piece, f.nom AS fournisseur, o.cout, f.solde
FROM silver.pieces AS pi
JOIN silver.offres AS o ON o.piece = pi.id_piece
JOIN silver.fournisseurs AS f ON f.id_fournisseur = o.fournisseur
WHERE pi.taille <= 6
    AND o.cout = (SELECT min(autre.cout) FROM silver.offres AS autre WHERE autre.piece = pi.id_piece)
