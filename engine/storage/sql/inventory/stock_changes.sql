-- What changes the numbers of stock: kept for each count that differs, and for each correction by hand.

-- name: chunk_changes
-- Keep what the counts of a chunk are going to change: to be run before they are stored.
INSERT INTO stock_change (product_id, warehouse_id, at, quantity_before, quantity, counted_at, import_id, line, later)
SELECT g.product_id, g.warehouse_id, :now, k.quantity, g.quantity, g.counted_at, g.import_id, g.line, g.later
FROM @rows_of g LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE (g.done = 0 OR g.done = 3 AND :force = 1)
  AND (k.quantity IS NULL OR k.quantity <> g.quantity)
ORDER BY g.product_id, g.warehouse_id

-- name: chunk_releasing
-- Keep the counts of a chunk, too, that change no number but have released something of these products.
INSERT INTO stock_change (product_id, warehouse_id, at, quantity_before, quantity, counted_at, import_id, line, later)
SELECT g.product_id, g.warehouse_id, :now, g.quantity, g.quantity, g.counted_at, g.import_id, g.line, g.later
FROM @records(rows: product_id int, released int) r
JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = r.product_id AND g.done = 0
WHERE NOT EXISTS (SELECT 1 FROM stock_change c WHERE c.product_id = g.product_id
    AND c.warehouse_id = g.warehouse_id AND c.import_id = g.import_id)
ORDER BY g.product_id, g.warehouse_id

-- name: chunk_released
-- Tell of the changes of an import how much of their products was released with them.
UPDATE stock_change SET released = r.released
FROM @records(rows: product_id int, released int) r
WHERE stock_change.product_id = r.product_id AND stock_change.import_id = :import_id

-- name: corrections_known
-- The corrections with these references.
SELECT c.reference, c.product_id, c.warehouse_id, c.at, c.quantity_before, c.quantity, c.actor, c.reason
FROM stock_change c WHERE c.reference IN @texts(references)

-- name: correct_begin
-- There is stock of each of these products and warehouses from now on; one that was never counted is none.
INSERT INTO stock (product_id, warehouse_id)
SELECT r.product_id, r.warehouse_id FROM @records(rows: product_id int, warehouse_id int) r WHERE true
ON CONFLICT (product_id, warehouse_id) DO NOTHING

-- name: correct_read
-- Lock these stocks, and return them as they are then, with the units of their products.
SELECT k.product_id, k.warehouse_id, k.quantity, u.name AS unit, u.step
FROM stock k JOIN @records(rows: product_id int, warehouse_id int) r
  ON r.product_id = k.product_id AND r.warehouse_id = k.warehouse_id
JOIN product p ON p.id = k.product_id LEFT JOIN unit u ON u.id = @unit_of(p)
ORDER BY k.product_id, k.warehouse_id @lock(k)

-- name: correct_write
-- Store what these stocks were corrected to. The time of the last count stays: a correction is none.
UPDATE stock SET quantity = r.quantity
FROM @records(rows: product_id int, warehouse_id int, quantity int) r
WHERE stock.product_id = r.product_id AND stock.warehouse_id = r.warehouse_id

-- name: correct_keep
-- Keep corrections. Where somebody else has stored one of the references meanwhile, the unit of work is run again.
INSERT INTO stock_change (product_id, warehouse_id, at, quantity_before, quantity, actor, reason, reference)
SELECT r.product_id, r.warehouse_id, :now, r.before, r.quantity, :actor, r.reason, r.reference
FROM @records(rows: number int, product_id int, warehouse_id int, before int, quantity int, reason text, reference text) r
ORDER BY r.number
