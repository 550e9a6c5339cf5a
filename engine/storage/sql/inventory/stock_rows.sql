-- The rows of a stock import: staged, then stored chunk by chunk.

-- name: stage_products
-- The products of these skus.
SELECT p.id, p.sku FROM @texts(skus) r JOIN product p ON p.sku = r.value

-- name: stage_rows
-- Stage rows. What ``done`` says of a row: 0 it waits, 1 it is stored, 2 it is refused because the file has
-- another row for the same stock, 3 it is older than the stored count (in the chunk at work), 4 it is
-- refused for that, 5 to 7 it is refused for what it would come to (see stock_terms). The line is 0 of what a whole
-- file does not name.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, r.product_id, r.warehouse_id, r.line, r.quantity, r.never_out_of_stock, r.is_bundle,
       r.counted_at, r.done
FROM @records(rows: product_id int, warehouse_id int, line int, quantity int, never_out_of_stock int, is_bundle int, counted_at int, done int) r
WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO NOTHING

-- name: stage_conflicts
-- Staged rows that stand in the way of these: other rows for the same stock, or the same row refused before.
SELECT g.product_id, g.warehouse_id, g.line, g.done, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at
FROM @records(rows: product_id int, warehouse_id int, line int) r
JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = r.product_id AND g.warehouse_id = r.warehouse_id
WHERE g.line <> r.line OR g.done IN (2, 4)

-- name: stage_refuse
-- Refuse staged rows because the file has another row for the same stock.
UPDATE stock_staging SET done = 2 WHERE import_id = :import_id AND (product_id, warehouse_id) IN
    (SELECT r.product_id, r.warehouse_id FROM @records(rows: product_id int, warehouse_id int) r)

-- name: stage_drop
-- Forget the staged rows of an import.
DELETE FROM stock_staging WHERE import_id = :import_id

-- name: stage_counts
-- How many rows of an import are stored, how many of these stand in its file, and how many wait.
SELECT count(*) FILTER (WHERE done = 1) AS stored, count(*) FILTER (WHERE done = 1 AND line > 0) AS imported,
       count(*) FILTER (WHERE done = 0) AS waiting
FROM stock_staging WHERE import_id = :import_id

-- name: chunk_products
-- The products of the next chunk.
SELECT DISTINCT product_id FROM stock_staging
WHERE import_id = :import_id AND product_id > :after AND done = 0 ORDER BY product_id LIMIT :size

-- name: chunk_mark_older
-- Mark the rows of a chunk that are older than the stored count.
UPDATE stock_staging SET done = 3
WHERE import_id = :import_id AND product_id IN @ids(products) AND done = 0 AND EXISTS
    (SELECT 1 FROM stock k WHERE k.product_id = stock_staging.product_id
        AND k.warehouse_id = stock_staging.warehouse_id AND k.counted_at > stock_staging.counted_at)

-- name: chunk_older
-- The rows of a chunk that are older than the stored count.
SELECT g.line, g.product_id, g.warehouse_id, p.sku, w.name AS warehouse, g.counted_at, k.counted_at AS stored_at
FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
JOIN product p ON p.id = g.product_id JOIN warehouse w ON w.id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id IN @ids(products) AND g.done = 3 AND g.line > 0 ORDER BY g.line

-- name: chunk_overwrite
-- Overwrite the stock with the rows of a chunk: absolute numbers, older counts only when forced.
INSERT INTO stock (product_id, warehouse_id, quantity, never_out_of_stock, is_bundle, counted_at)
SELECT g.product_id, g.warehouse_id, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at
FROM stock_staging g
WHERE g.import_id = :import_id AND g.product_id IN @ids(products) AND (g.done = 0 OR g.done = 3 AND :force = 1)
ORDER BY g.product_id, g.warehouse_id
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET quantity = excluded.quantity,
    never_out_of_stock = excluded.never_out_of_stock, is_bundle = excluded.is_bundle,
    counted_at = excluded.counted_at

-- name: chunk_done
-- The chunk is stored, but for rows that were too old.
UPDATE stock_staging SET done = CASE WHEN done = 3 AND :force = 0 THEN 4 ELSE 1 END
WHERE import_id = :import_id AND product_id IN @ids(products) AND done IN (0, 3)
