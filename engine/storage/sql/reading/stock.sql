-- Lists of stock, and what has changed the stock of a product.

-- name: view_stock_changes
-- The newest changes of a product's stock before an id, of one warehouse unless that is 0.
SELECT c.id, w.name AS warehouse, c.at, c.quantity_before, c.quantity, c.counted_at, c.import_id, m.kind, m.file, c.line,
       c.released, c.later, c.actor, c.reason, c.reference
FROM stock_change c JOIN warehouse w ON w.id = c.warehouse_id LEFT JOIN stock_import m ON m.id = c.import_id
WHERE c.product_id = :product AND c.id < :before AND (:warehouse = 0 OR c.warehouse_id = :warehouse)
ORDER BY c.id DESC LIMIT :size

-- name: view_numbers_from
-- The file that last changed each of these numbers of stock, with its feed, unless its import is not known any more.
SELECT r.product_id, r.warehouse_id, m.feed, m.file, c.line
FROM @records(rows: product_id int, warehouse_id int) r
JOIN stock_change c ON c.id = (SELECT max(x.id) FROM stock_change x
    WHERE x.product_id = r.product_id AND x.warehouse_id = r.warehouse_id AND x.import_id IS NOT NULL)
JOIN stock_import m ON m.id = c.import_id

-- name: view_stock_chosen
-- The next rows of stock after one, as of view_stock_page, that fulfil each condition asked for (1): sold out, no store
-- that the active warehouse serves can sell any of it; short, one of them promises more than there is; and counted
-- before a time, unless that is 0.
WITH over AS MATERIALIZED (SELECT o.product_id, o.store_id, o.over FROM @over_promises o),
spares AS MATERIALIZED
    (SELECT a.product_id, a.store_id, @spared_now(a, coalesce(o.over, 0)) AS spared FROM availability a
     LEFT JOIN over o ON o.product_id = a.product_id AND o.store_id = a.store_id WHERE :sold_out = 1 AND a.spared <> 0)
SELECT k.product_id, k.warehouse_id, p.sku, w.name AS warehouse, w.active, k.quantity, k.never_out_of_stock,
       @counted_at(k, w) AS counted_at, u.name AS unit, u.step
FROM stock k JOIN product p ON p.id = k.product_id JOIN warehouse w ON w.id = k.warehouse_id
LEFT JOIN unit u ON u.id = @unit_of(p)
WHERE (k.product_id, k.warehouse_id) > (:product, :place) AND (:warehouse = 0 OR k.warehouse_id = :warehouse)
  AND (:counted_before = 0 OR @counted_at(k, w) < :counted_before)
  AND (:sold_out = 0 OR w.active = 1 AND EXISTS
    (SELECT 1 FROM store_warehouse l WHERE l.warehouse_id = k.warehouse_id) AND NOT EXISTS
    (SELECT 1 FROM store_warehouse l
     JOIN availability a ON a.product_id = k.product_id AND a.store_id = l.store_id
     LEFT JOIN over o ON o.product_id = a.product_id AND o.store_id = a.store_id
     LEFT JOIN spares x ON x.product_id = a.product_id AND x.store_id = a.store_id
     WHERE l.warehouse_id = k.warehouse_id
       AND (a.never_out_of_stock = 1
            OR @available(a, a.stock, a.reserved, a.held - coalesce(o.over, 0), coalesce(x.spared, 0)) > 0)))
  AND (:short = 0 OR w.active = 1 AND (k.product_id, k.warehouse_id) IN
    (SELECT n.product_id, l.warehouse_id FROM @shortfalls n JOIN store_warehouse l ON l.store_id = n.store_id))
ORDER BY k.product_id, k.warehouse_id LIMIT :size

-- name: view_never_counted
-- The next products and warehouses after one that were never counted: those of one warehouse, or, where that is 0, of
-- every active warehouse the products that none has counted.
SELECT p.id AS product_id, w.id AS warehouse_id, p.sku, w.name AS warehouse, w.active,
       coalesce(k.quantity, 0) AS quantity, coalesce(k.never_out_of_stock, 0) AS never_out_of_stock, k.counted_at,
       u.name AS unit, u.step
FROM product p CROSS JOIN warehouse w
LEFT JOIN stock k ON k.product_id = p.id AND k.warehouse_id = w.id LEFT JOIN unit u ON u.id = @unit_of(p)
WHERE p.id >= :product AND (p.id, w.id) > (:product, :place) AND k.counted_at IS NULL
  AND (w.id = :warehouse OR :warehouse = 0 AND w.active = 1 AND NOT EXISTS
    (SELECT 1 FROM stock n WHERE n.product_id = p.id AND n.counted_at IS NOT NULL))
ORDER BY p.id, w.id LIMIT :size

-- name: export_stock
-- The next rows of stock after one, by product and warehouse, with all that a stock file can say of them; of one
-- warehouse, unless it is 0.
SELECT k.product_id, k.warehouse_id, p.sku, w.name AS warehouse, k.quantity, k.never_out_of_stock, k.is_bundle,
       @counted_at(k, w) AS counted_at
FROM stock k JOIN product p ON p.id = k.product_id JOIN warehouse w ON w.id = k.warehouse_id
WHERE (k.product_id, k.warehouse_id) > (:product, :place) AND (:warehouse = 0 OR k.warehouse_id = :warehouse)
ORDER BY k.product_id, k.warehouse_id LIMIT :size
