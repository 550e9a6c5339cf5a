-- What has changed the stock of a product.

-- name: view_stock_changes
-- The newest changes of a product's stock before an id, of one warehouse unless that is 0.
SELECT c.id, w.name AS warehouse, c.at, c.quantity_before, c.quantity, c.counted_at, c.import_id, m.file, c.line,
       c.released, c.actor, c.reason, c.reference
FROM stock_change c JOIN warehouse w ON w.id = c.warehouse_id LEFT JOIN stock_import m ON m.id = c.import_id
WHERE c.product_id = :product AND c.id < :before AND (:warehouse = 0 OR c.warehouse_id = :warehouse)
ORDER BY c.id DESC LIMIT :size
