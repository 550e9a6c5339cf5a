-- The rows of a stock import: staged, then stored chunk by chunk.

-- name: stage_products
-- The products of these skus, also of ones of before.
SELECT n.id, n.name AS sku FROM @named_products(skus) n

-- name: stage_units
-- The units of these products, of those whose quantities may not have all six decimals.
SELECT p.id, u.name, u.step FROM product p JOIN unit u ON u.id = @unit_of(p) WHERE p.id IN @ids(products) AND u.step > 1

-- name: stage_places
-- The products of these skus, also of ones of before.
SELECT n.name AS sku, n.id FROM @named_products(skus) n

-- name: stage_neighbours
-- The next products by sku, from one on.
SELECT p.sku, p.id FROM product p WHERE p.sku >= :sku ORDER BY p.sku LIMIT :size

-- macro: staged_rows
-- The rows that are given to be staged.
@records(rows: product_id int, warehouse_id int, line int, quantity int, never_out_of_stock int, is_bundle int, counted_at int, done int)

-- name: stage_rows
-- Stage rows. What ``done`` says of a row: 0 it waits, 1 it is stored, 2 it is refused because the file has
-- another row for the same stock, 3 it is older than the stored count (in the chunk at work), 4 it is
-- refused for that, 5 to 7 it is refused for what it would come to (see stock_terms). The line is 0 of what a whole
-- file does not name.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, r.product_id, r.warehouse_id, r.line, r.quantity, r.never_out_of_stock, r.is_bundle,
       r.counted_at, r.done
FROM @staged_rows r
WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO NOTHING

-- name: stage_copy
-- Stage many rows that wait, unless one of them is there already.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle, counted_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)

-- name: stage_copy [postgresql]
-- Stage many rows that wait, unless one of them is there already.
COPY stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle, counted_at)
FROM STDIN

-- name: stage_last
-- Stage rows in the place of earlier ones for the same stock.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, r.product_id, r.warehouse_id, r.line, r.quantity, r.never_out_of_stock, r.is_bundle,
       r.counted_at, r.done
FROM @staged_rows r
WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO UPDATE SET line = excluded.line, quantity = excluded.quantity,
    never_out_of_stock = excluded.never_out_of_stock, is_bundle = excluded.is_bundle, counted_at = excluded.counted_at
    WHERE stock_staging.line < excluded.line

-- name: stage_sum
-- Stage rows, or add them to those that are staged for the same stock. The time of the sum is the earliest of theirs.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, r.product_id, r.warehouse_id, r.line, r.quantity, r.never_out_of_stock, r.is_bundle,
       r.counted_at, r.done
FROM @staged_rows r
WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO UPDATE SET quantity = stock_staging.quantity + excluded.quantity,
    never_out_of_stock = CASE WHEN excluded.never_out_of_stock = 1 THEN 1 ELSE stock_staging.never_out_of_stock END,
    is_bundle = CASE WHEN excluded.is_bundle = 1 THEN 1 ELSE stock_staging.is_bundle END,
    counted_at = CASE WHEN excluded.counted_at < stock_staging.counted_at THEN excluded.counted_at
                      ELSE stock_staging.counted_at END

-- name: stage_conflicts
-- Staged rows that stand in the way of these: other rows for the same stock, or the same row refused before.
SELECT g.product_id, g.warehouse_id, g.line, g.done, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at
FROM @records(rows: product_id int, warehouse_id int, line int) r
JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = r.product_id AND g.warehouse_id = r.warehouse_id
WHERE g.line <> r.line OR g.done IN (2, 4)

-- name: stage_unlike
-- Rows of which something is to be told again, as no row is staged for their stock (the line is NULL), another one, or
-- the same was refused.
SELECT r.product_id, r.warehouse_id, g.line
FROM @records(rows: product_id int, warehouse_id int, line int) r
LEFT JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = r.product_id AND g.warehouse_id = r.warehouse_id
WHERE g.line IS NULL OR g.line <> r.line OR g.done IN (2, 4)

-- name: stage_refuse
-- Refuse staged rows because the file has another row for the same stock.
UPDATE stock_staging SET done = 2 WHERE import_id = :import_id AND (product_id, warehouse_id) IN
    (SELECT r.product_id, r.warehouse_id FROM @records(rows: product_id int, warehouse_id int) r)

-- name: analyze_staged [postgresql]
-- Have the server look at what is staged: it would plan for a few rows, and sort or join all of them for each part.
ANALYZE stock_staging

-- name: stage_shared
-- Whether another import has staged rows, too.
SELECT 1 AS found FROM stock_staging WHERE import_id < :import_id
UNION ALL SELECT 1 FROM stock_staging WHERE import_id > :import_id LIMIT 1

-- name: stage_empty
-- Forget all staged rows.
DELETE FROM stock_staging

-- name: stage_empty [postgresql]
-- Forget all staged rows. Nobody else uses the table: see stage_alone.
TRUNCATE stock_staging

-- name: stage_alone [postgresql]
-- Nobody else uses the table of staged rows until the end of this transaction; fails if somebody does.
LOCK TABLE stock_staging IN ACCESS EXCLUSIVE MODE NOWAIT

-- name: stage_drop
-- Forget the staged rows of an import.
DELETE FROM stock_staging WHERE import_id = :import_id

-- name: stage_counts
-- How many rows of an import are stored, how many of these stand in its file, and how many wait. Up to the product
-- :stored_to all are stored.
SELECT count(*) FILTER (WHERE done = 1 OR done = 0 AND product_id <= :stored_to) AS stored,
       count(*) FILTER (WHERE line > 0 AND (done = 1 OR done = 0 AND product_id <= :stored_to)) AS imported,
       count(*) FILTER (WHERE done = 0 AND product_id > :stored_to) AS waiting
FROM stock_staging WHERE import_id = :import_id

-- name: stage_stored_to
-- Up to which product all rows of an import are stored.
SELECT stored_to FROM stock_import WHERE id = :import_id

-- name: chunk_products
-- The products of a part that wait.
SELECT DISTINCT product_id FROM stock_staging
WHERE import_id = :import_id AND product_id > :after AND product_id <= :last AND done = 0 ORDER BY product_id

-- name: chunk_mark_older
-- Mark the rows of a chunk that are older than the stored count.
UPDATE stock_staging SET done = 3
WHERE import_id = :import_id AND product_id IN @ids(products) AND done = 0 AND EXISTS
    (SELECT 1 FROM stock k JOIN warehouse w ON w.id = k.warehouse_id WHERE k.product_id = stock_staging.product_id
        AND k.warehouse_id = stock_staging.warehouse_id AND @counted_at(k, w) > stock_staging.counted_at)

-- macro: older_rows
-- What is told of staged rows of a file beside the stored counts, of which they are to be older.
g.line, g.product_id, g.warehouse_id, p.sku, w.name AS warehouse, g.counted_at, @counted_at(k, w) AS stored_at
FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
JOIN product p ON p.id = g.product_id JOIN warehouse w ON w.id = g.warehouse_id
WHERE g.import_id = :import_id AND g.line > 0

-- name: chunk_older
-- The rows of a chunk that are older than the stored count.
SELECT @older_rows AND g.product_id IN @ids(products) AND g.done = 3 ORDER BY g.line

-- name: staged_older
-- The rows of a part that wait and are older than the stored count.
SELECT @older_rows AND g.product_id > :after AND g.product_id <= :last AND g.done = 0
  AND @counted_at(k, w) > g.counted_at ORDER BY g.line

-- macro: overwritten
-- What of a stock a count overwrites: all of it.
quantity = excluded.quantity, never_out_of_stock = excluded.never_out_of_stock, is_bundle = excluded.is_bundle,
    counted_at = excluded.counted_at, missed_at = excluded.missed_at

-- macro: rows_of
-- The staged rows of the import that are of these products.
(SELECT e.* FROM stock_staging e WHERE e.import_id = :import_id AND e.product_id IN @ids(products))

-- macro: rows_of [postgresql]
-- The staged rows of the import that are of these products. Looked up product by product, whatever the server believes
-- about how many rows there are: see the decision on imports.
(SELECT s.* FROM @ids(products) r CROSS JOIN LATERAL
    (SELECT e.* FROM stock_staging e WHERE e.import_id = :import_id AND e.product_id = r.value OFFSET 0) s)

-- name: chunk_overwrite
-- Overwrite the stock with the rows of a chunk: absolute numbers, older counts only when forced.
INSERT INTO stock (product_id, warehouse_id, quantity, never_out_of_stock, is_bundle, counted_at, missed_at)
SELECT g.product_id, g.warehouse_id, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at, @missed_at(g, w)
FROM @rows_of g CROSS JOIN warehouse w
WHERE w.id = g.warehouse_id AND (g.done = 0 OR g.done = 3 AND :force = 1)
ORDER BY g.product_id, g.warehouse_id
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET @overwritten

-- name: chunk_done
-- The chunk is stored, but for rows that were too old.
UPDATE stock_staging SET done = CASE WHEN done = 3 AND :force = 0 THEN 4 ELSE 1 END
WHERE import_id = :import_id AND product_id IN @ids(products) AND done IN (0, 3)

-- name: bulk_next
-- The next part of what is staged: up to which product it goes, and how many of its rows wait.
SELECT max(n.product_id) AS last, count(*) FILTER (WHERE n.done = 0) AS waiting
FROM (SELECT g.product_id, g.done FROM stock_staging g WHERE g.import_id = :import_id AND g.product_id > :after
        AND g.product_id <= (SELECT max(b.product_id) FROM
            (SELECT e.product_id FROM stock_staging e WHERE e.import_id = :import_id AND e.product_id > :after
             ORDER BY e.product_id LIMIT :size) b)) n

-- name: bulk_changed
-- The products of a part that are to be written, whether one of their counts is older than the stored one or than a delta,
-- and how many of their rows differ. What is stored may change until it is locked: what is not told here was counted as it is at this moment.
SELECT g.product_id, max(CASE WHEN @counted_at(k, w) > g.counted_at OR k.delta_at >= g.counted_at THEN 1 ELSE 0 END) AS older,
       count(*) AS rows
FROM stock_staging g CROSS JOIN warehouse w
LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id > :after AND g.product_id <= :last AND g.done = 0
  AND w.id = g.warehouse_id
  AND (k.counted_at IS NULL OR k.quantity <> g.quantity OR k.never_out_of_stock <> g.never_out_of_stock
       OR k.is_bundle <> g.is_bundle OR @counted_at(k, w) > g.counted_at OR k.delta_at >= g.counted_at)
GROUP BY g.product_id ORDER BY g.product_id

-- macro: bulk_locked
-- Whether a row g of a part is of a product that is locked; all are, if :every is 1. As a question of its own for each row: whatever the database
-- believes about how many rows there are, it looks each of them up.
(:every = 1 OR (SELECT t.product_id FROM touched t WHERE t.product_id = g.product_id LIMIT 1) IS NOT NULL)

-- name: bulk_changes
-- Keep what the counts of a part are going to change of locked products: to be run before they are stored.
INSERT INTO stock_change (product_id, warehouse_id, at, quantity_before, quantity, counted_at, import_id, line)
SELECT g.product_id, g.warehouse_id, :now, k.quantity, g.quantity, g.counted_at, g.import_id, g.line
FROM stock_staging g LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id > :after AND g.product_id <= :last AND g.done = 0
  AND (k.quantity IS NULL OR k.quantity <> g.quantity) AND @bulk_locked
ORDER BY g.product_id, g.warehouse_id

-- name: bulk_overwrite
-- Overwrite the stock of locked products with the rows of a part.
INSERT INTO stock (product_id, warehouse_id, quantity, never_out_of_stock, is_bundle, counted_at, missed_at)
SELECT g.product_id, g.warehouse_id, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at, @missed_at(g, w)
FROM stock_staging g CROSS JOIN warehouse w
WHERE g.import_id = :import_id AND g.product_id > :after AND g.product_id <= :last AND g.done = 0
  AND w.id = g.warehouse_id AND @bulk_locked
ORDER BY g.product_id, g.warehouse_id
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET @overwritten

-- macro: write_times(condition)
-- Write the time of the counts of a part to their stock, where it is not told yet.
UPDATE stock SET counted_at = g.counted_at, missed_at = @missed_at(g, w)
FROM stock_staging g CROSS JOIN warehouse w
WHERE g.import_id = :import_id AND g.product_id > :after AND g.product_id <= :last AND g.done = 0
  AND w.id = g.warehouse_id AND {condition}
  AND stock.product_id = g.product_id AND stock.warehouse_id = g.warehouse_id
  AND @counted_at(stock, w) < g.counted_at

-- name: bulk_times
-- Write the time of the counts of a part to their stock.
@write_times(true)

-- name: bulk_times_of
-- Write the time of the counts of a part to their stock, in these warehouses.
@write_times(w.id IN @ids(warehouses))

-- name: bulk_done
-- All that waited of the products up to this one is stored, and so many numbers differ since.
UPDATE stock_import SET stored_to = :last, changed = changed + :changed WHERE id = :import_id

-- name: house_named
-- How many stocks an import names.
SELECT count(*) FROM stock_staging WHERE import_id = :import_id AND done IN (0, 1)

-- name: house_total
-- How many stocks these warehouses have.
SELECT count(*) FROM stock WHERE warehouse_id IN @ids(warehouses)

-- name: house_times
-- These warehouses, with the time that is told for each.
SELECT id AS warehouse_id, counted_at, 0 AS named, 0 AS total FROM warehouse WHERE id IN @ids(warehouses) ORDER BY id

-- name: house_counts
-- Of each warehouse that an import names: how many of its stocks, how many it has, and the time that is told for it.
SELECT w.id AS warehouse_id, w.counted_at, n.named, n.total
FROM (SELECT b.warehouse_id, sum(b.named) AS named, sum(b.total) AS total
      FROM (SELECT g.warehouse_id, count(*) AS named, 0 AS total FROM stock_staging g
            WHERE g.import_id = :import_id AND g.done IN (0, 1) GROUP BY g.warehouse_id
            UNION ALL
            SELECT k.warehouse_id, 0, count(*) FROM stock k GROUP BY k.warehouse_id) b
      GROUP BY b.warehouse_id) n
JOIN warehouse w ON w.id = n.warehouse_id WHERE n.named > 0 ORDER BY w.id

-- name: house_missed
-- The stocks of these warehouses that an import does not name keep the time that they have.
UPDATE stock SET counted_at = @counted_at(stock, w), missed_at = :as_of
FROM warehouse w
WHERE w.id = stock.warehouse_id AND w.id IN @ids(warehouses) AND stock.counted_at IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM stock_staging g WHERE g.import_id = :import_id AND g.product_id = stock.product_id
        AND g.warehouse_id = stock.warehouse_id AND g.done IN (0, 1))

-- name: house_counted
-- All stock of these warehouses was counted at this time, but for what has missed it.
UPDATE warehouse SET counted_at = :as_of WHERE id IN @ids(warehouses)
