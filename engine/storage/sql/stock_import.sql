-- name: import_alone
-- Whoever begins an import waits for whoever is just beginning one: here a writer is alone as it is.
SELECT 1

-- name: import_alone [postgresql]
-- Whoever begins an import waits for whoever is just beginning one. There may be no row yet that could be locked.
-- The number is arbitrary and nothing else in the database uses it.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(5370010937)) l

-- name: import_live
-- An import that somebody is working on. A lease beyond :latest is not believed: the clock was set back since.
SELECT file, started_at, lease_until FROM stock_import
WHERE finished_at IS NULL AND lease_until > :now AND lease_until <= :latest ORDER BY id LIMIT 1

-- name: import_latest
-- The latest import of a file with this content.
SELECT id, as_of, forced, finished_at, rows FROM stock_import WHERE file_hash = :file_hash ORDER BY id DESC LIMIT 1

-- name: import_insert
-- Begin an import.
INSERT INTO stock_import (file, file_hash, as_of, forced, started_at, lease_until, token)
VALUES (:file, :file_hash, :as_of, :forced, :now, :lease_until, :token) RETURNING id

-- name: import_take_over
-- Go on with an import that was left unfinished.
UPDATE stock_import SET token = :token, lease_until = :lease_until WHERE id = :import_id

-- name: import_extend
-- Prolong the lease of an import that is still ours.
UPDATE stock_import SET lease_until = :lease_until WHERE id = :import_id AND token = :token

-- name: import_staged
-- The whole file is staged: from now on nothing but chunks is left to do.
UPDATE stock_import SET rows = :rows, refused = :refused WHERE id = :import_id

-- name: import_finish
-- The import is complete.
UPDATE stock_import SET finished_at = :now, lease_until = 0, refused = :refused WHERE id = :import_id

-- name: import_leave
-- Give the import up for now; it can be resumed.
UPDATE stock_import SET lease_until = 0 WHERE id = :import_id AND token = :token

-- name: stage_products
-- The products of these skus.
SELECT p.id, p.sku FROM @texts(skus) r JOIN product p ON p.sku = r.value

-- name: stage_rows
-- Stage rows. What ``done`` says of a row: 0 it waits, 1 it is stored, 2 it is refused because the file has
-- another row for the same stock, 3 it is older than the stored count (in the chunk at work), 4 it is
-- refused for that.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, r.product_id, r.warehouse_id, r.line, r.quantity, r.never_out_of_stock, r.is_bundle,
       r.counted_at, r.done
FROM @records(rows: product_id int, warehouse_id int, line int, quantity int, never_out_of_stock int, is_bundle int, counted_at int, done int) r
WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO NOTHING

-- name: stage_conflicts
-- Staged rows that stand in the way of these: other rows for the same stock, or the same row refused before.
SELECT g.product_id, g.warehouse_id, g.line, g.done
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
-- How many rows of an import are stored, and how many wait.
SELECT count(*) FILTER (WHERE done = 1) AS stored, count(*) FILTER (WHERE done = 0) AS waiting
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
SELECT g.line, p.sku, w.name AS warehouse, g.counted_at, k.counted_at AS stored_at
FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
JOIN product p ON p.id = g.product_id JOIN warehouse w ON w.id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id IN @ids(products) AND g.done = 3 ORDER BY g.line

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

-- name: release_candidates
-- The items of a chunk that were shipped before a count says so: items in one of the states since before the
-- count of an active warehouse of their store, or of the very warehouse they name. A count that is older
-- than the stored one releases nothing. Locks the items in id order.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM @ids(states) s CROSS JOIN item_state n CROSS JOIN order_item i
WHERE n.state_id = s.value AND i.id = n.item_id AND i.state_id = n.state_id AND +i.product_id IN @ids(products) AND EXISTS
    (SELECT 1 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
     LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
     WHERE g.import_id = :import_id AND g.product_id = i.product_id AND g.done = 0
       AND (k.counted_at IS NULL OR k.counted_at <= g.counted_at)
       AND i.state_since <= g.counted_at - :tolerance
       AND (g.warehouse_id = i.warehouse_id
            OR i.warehouse_id IS NULL AND w.active = 1 AND EXISTS
               (SELECT 1 FROM store_warehouse l WHERE l.store_id = i.store_id AND l.warehouse_id = g.warehouse_id)))
ORDER BY i.id @lock(i)

-- name: release_candidates_all
-- The same where an item without a warehouse needs a later count of every active warehouse of its store that
-- has the product: from this import, or stored by an earlier one.
INSERT INTO moving (@taken())
SELECT @taken(i) FROM @ids(states) s CROSS JOIN item_state n CROSS JOIN order_item i
WHERE n.state_id = s.value AND i.id = n.item_id AND i.state_id = n.state_id AND +i.product_id IN @ids(products) AND EXISTS
    (SELECT 1 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
     LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
     WHERE g.import_id = :import_id AND g.product_id = i.product_id AND g.done = 0
       AND (k.counted_at IS NULL OR k.counted_at <= g.counted_at)
       AND i.state_since <= g.counted_at - :tolerance
       AND (g.warehouse_id = i.warehouse_id
            OR i.warehouse_id IS NULL AND w.active = 1 AND EXISTS
               (SELECT 1 FROM store_warehouse l WHERE l.store_id = i.store_id AND l.warehouse_id = g.warehouse_id)))
  AND (i.warehouse_id IS NOT NULL OR NOT EXISTS
    (SELECT 1 FROM store_warehouse l JOIN warehouse w ON w.id = l.warehouse_id AND w.active = 1
     LEFT JOIN stock k ON k.product_id = i.product_id AND k.warehouse_id = l.warehouse_id
     LEFT JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = i.product_id
        AND g.warehouse_id = l.warehouse_id AND g.done = 0
     WHERE l.store_id = i.store_id AND (k.product_id IS NOT NULL OR g.product_id IS NOT NULL)
       AND (k.counted_at IS NULL OR k.counted_at < i.state_since + :tolerance)
       AND (g.counted_at IS NULL OR g.counted_at < i.state_since + :tolerance)))
ORDER BY i.id @lock(i)

-- name: release_kept
-- How many items of a chunk stay though their warehouse or one of their store's was counted: shipped after
-- the count, or the count is an old one, or another warehouse was not counted since.
SELECT count(*) FROM @ids(states) s CROSS JOIN item_state n CROSS JOIN order_item i
WHERE n.state_id = s.value AND i.id = n.item_id AND i.state_id = n.state_id AND +i.product_id IN @ids(products) AND EXISTS
    (SELECT 1 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
     WHERE g.import_id = :import_id AND g.product_id = i.product_id AND g.done IN (0, 3)
       AND (g.warehouse_id = i.warehouse_id
            OR i.warehouse_id IS NULL AND w.active = 1 AND EXISTS
               (SELECT 1 FROM store_warehouse l WHERE l.store_id = i.store_id AND l.warehouse_id = g.warehouse_id)))
  AND NOT EXISTS (SELECT 1 FROM moving m WHERE m.item_id = i.id)
