-- Whether what was told to other databases, and by them, is what is stored.

-- name: reconcile_exported
-- Reservations of which others were told a version that is higher than there is: what follows would not be told.
SELECT r.product_id, r.store_id, s.name AS store, p.sku, r.exported_version, r.version
FROM reservation r JOIN store s ON s.id = r.store_id JOIN product p ON p.id = r.product_id
WHERE r.exported_version > r.version ORDER BY s.name, p.sku

-- name: reconcile_told
-- Reservations of stores of other databases that are other than what these have told, and nothing of that waits.
SELECT v.product_id, v.store_id, s.name AS store, p.sku, v.reserved, v.held - v.margin AS held,
       coalesce(t.reserved, 0) AS told_reserved, coalesce(t.held, 0) AS told_held
FROM reservation v JOIN store s ON s.id = v.store_id AND s.remote = 1 JOIN product p ON p.id = v.product_id
LEFT JOIN exchange_told t ON t.store = s.name AND t.sku = p.sku
WHERE coalesce(t.waiting, 0) = 0 AND (v.reserved <> coalesce(t.reserved, 0) OR v.held - v.margin <> coalesce(t.held, 0))
  AND (:all = 1 OR v.product_id IN @ids(products))
ORDER BY s.name, p.sku
