-- Suppliers that were the only late one of an order with several suppliers.
SELECT f.nom, count(*) AS retards
FROM silver.fournisseurs AS f, silver.lignes AS l1
WHERE f.id_fournisseur = l1.fournisseur
    AND l1.livre > l1.promis
    AND EXISTS (
        SELECT * FROM silver.lignes AS l2
        WHERE l2.commande = l1.commande AND l2.fournisseur <> l1.fournisseur
    )
    AND NOT EXISTS (
        SELECT * FROM silver.lignes AS l3
        WHERE l3.commande = l1.commande AND l3.fournisseur <> l1.fournisseur AND l3.livre > l3.promis
    )
GROUP BY f.nom
