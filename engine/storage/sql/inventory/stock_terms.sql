-- On which terms the staged rows of an import are taken: what is put back or added before they are stored, what a whole
-- file leaves out, and whether the file is to be believed.

-- macro: left(i)
-- Since when an item has left the shelf: a later count does not contain it any more.
coalesce({i}.left_at, {i}.state_since)

-- macro: to_store(g)
-- Whether a staged row waits to be stored, also one that was found too old in the chunk at work and is forced.
({g}.done = 0 OR {g}.done = 3 AND :force = 1)

-- macro: stored_of(g)
-- What is stored of the product and the warehouse of a staged row.
coalesce((SELECT o.quantity FROM stock o WHERE o.product_id = {g}.product_id AND o.warehouse_id = {g}.warehouse_id), 0)

-- macro: later_deltas(g)
-- What deltas come to that are stored and are later than the count of a staged row, which does not contain them; or are
-- of the same time, as a delta that comes after its count is added, too.
coalesce((SELECT sum(c.quantity - coalesce(c.quantity_before, 0)) FROM stock_change c
          JOIN stock_import d ON d.id = c.import_id AND d.kind = 'delta'
          WHERE c.product_id = {g}.product_id AND c.warehouse_id = {g}.warehouse_id
            AND c.counted_at >= {g}.counted_at), 0)

-- macro: has_other(i, g)
-- Whether an item without a warehouse may be served by another one, too, than that of a staged row: an active one of its
-- store that has the product.
({i}.warehouse_id IS NULL AND EXISTS
 (SELECT 1 FROM store_warehouse l JOIN warehouse v ON v.id = l.warehouse_id AND v.active = 1
  WHERE l.store_id = {i}.store_id AND l.warehouse_id <> {g}.warehouse_id
    AND (EXISTS (SELECT 1 FROM stock o WHERE o.product_id = {i}.product_id AND o.warehouse_id = l.warehouse_id)
         OR EXISTS (SELECT 1 FROM stock_staging e WHERE e.import_id = :import_id AND e.product_id = {i}.product_id
                    AND e.warehouse_id = l.warehouse_id))))

-- macro: promised_of(joins)
-- What orders had promised of each product of a chunk (:first to :last) and warehouse at the time of its staged count:
-- what items promise that were placed before, promised something already (they stand where they stood then, or came from
-- a state in which they did), and had not left the shelf. What another warehouse may serve as well is counted apart. The
-- joins are those of the staged rows g, their warehouses w and the orders s of the items i.
(SELECT g.product_id, g.warehouse_id, min(g.quantity) AS quantity,
        sum(CASE WHEN @has_other(i, g) THEN 0 ELSE i.promised END) AS promised,
        sum(CASE WHEN @has_other(i, g) THEN i.promised ELSE 0 END) AS elsewhere
 FROM (SELECT i.id, i.order_id, i.product_id, i.store_id, i.warehouse_id, i.state_id, i.state_since, i.left_at,
              i.hold_until, i.counted_hold, i.counted_reserved + i.counted_hold AS promised
       FROM @in_states(states) AND +i.product_id BETWEEN :first AND :last
         AND (i.counted_reserved <> 0 OR i.counted_hold <> 0)) i
 {joins}
 WHERE g.import_id = :import_id AND g.product_id = i.product_id AND @to_store(g)
   AND w.id = g.warehouse_id AND s.id = i.order_id AND @counts_for(i, w, g.warehouse_id)
   AND s.placed_at <= g.counted_at
   AND NOT (i.state_id IN @ids(shipped) AND @left(i) <= g.counted_at - :tolerance)
   AND (i.counted_hold = 0 OR i.hold_until IS NULL OR i.hold_until > g.counted_at)
   AND (i.state_since <= g.counted_at OR EXISTS
    (SELECT 1 FROM process_state t WHERE t.id =
        (SELECT r.source_id FROM item_history h JOIN transition_run r ON r.id = h.run_id
         WHERE h.item_id = i.id AND r.at > g.counted_at AND r.outcome IN ('moved', 'forced', 'migrated')
         ORDER BY h.run_id LIMIT 1)
      AND (t.reserved = 1 OR t.can_reserve = 1 AND :holds = 1)))
 GROUP BY g.product_id, g.warehouse_id)

-- macro: promised_at_count
-- The same, from each item to its row: CROSS JOIN keeps SQLite from reading all of these items for each staged row.
@promised_of(CROSS JOIN stock_staging g CROSS JOIN warehouse w CROSS JOIN sales_order s)

-- macro: promised_at_count [postgresql]
-- The same, from each item to its row: of rows that were staged a moment ago the server knows nothing, and would read
-- all of these items for each of them.
@promised_of(CROSS JOIN LATERAL (SELECT n.* FROM stock_staging n
     WHERE n.import_id = :import_id AND n.product_id = i.product_id OFFSET 0) g
 CROSS JOIN LATERAL (SELECT n.* FROM warehouse n WHERE n.id = g.warehouse_id OFFSET 0) w
 CROSS JOIN LATERAL (SELECT n.* FROM sales_order n WHERE n.id = i.order_id OFFSET 0) s)

-- name: terms_ambiguous
-- Staged rows of what is available, of these products, of which other warehouses may serve what was promised.
SELECT b.product_id, b.warehouse_id FROM @promised_at_count b WHERE b.elsewhere > 0

-- name: terms_promised
-- What had been promised of staged rows at the time of their counts, and what they say themselves.
SELECT b.product_id, b.warehouse_id, b.quantity, b.promised FROM @promised_at_count b WHERE b.promised > 0

-- name: terms_later
-- Staged counts of a chunk that are earlier than deltas of their stock, and what these come to.
SELECT g.product_id, g.warehouse_id, g.quantity, @later_deltas(g) AS later
FROM @rows_of g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE k.delta_at >= g.counted_at AND @to_store(g)

-- name: terms_add_later
-- Staged rows, which are all there, are to be stored with these quantities, of which so much is of later deltas.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, counted_at, later)
SELECT :import_id, r.product_id, r.warehouse_id, 0, r.quantity, 0, r.later
FROM @records(rows: product_id int, warehouse_id int, quantity int, later int) r WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO UPDATE SET quantity = excluded.quantity, later = excluded.later

-- name: terms_put_back
-- Staged rows, which are all there, are to be stored with these quantities. An UPDATE would have SQLite read the list
-- again for each staged row.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, counted_at)
SELECT :import_id, r.product_id, r.warehouse_id, 0, r.quantity, 0
FROM @records(rows: product_id int, warehouse_id int, quantity int) r WHERE true
ON CONFLICT (import_id, product_id, warehouse_id) DO UPDATE SET quantity = excluded.quantity

-- name: stage_clip
-- No stock is below zero: what staged counts add up to, or come to with what is put back, is 0 then. Of these products,
-- or (:all is 1) of all.
UPDATE stock_staging SET quantity = 0
WHERE import_id = :import_id AND quantity < 0 AND (:all = 1 OR product_id IN @ids(products))

-- name: terms_refuse
-- Refuse staged rows: 5 for what other warehouses may serve, too.
UPDATE stock_staging SET done = 5 WHERE import_id = :import_id AND (product_id, warehouse_id) IN
    (SELECT r.product_id, r.warehouse_id FROM @records(rows: product_id int, warehouse_id int) r)

-- name: delta_lock
-- Lock the stock that the deltas of a chunk change.
SELECT k.product_id, k.warehouse_id FROM stock_staging g
JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id IN @ids(products)
ORDER BY k.product_id, k.warehouse_id @lock(k)

-- name: delta_refuse
-- Refuse the deltas of a chunk that would bring stock below zero (6), or beyond what can be stored (7).
UPDATE stock_staging SET done = CASE WHEN quantity < 0 THEN 6 ELSE 7 END
WHERE import_id = :import_id AND product_id IN @ids(products) AND @to_store(stock_staging)
  AND (quantity + @stored_of(stock_staging) < 0 OR quantity + @stored_of(stock_staging) > :largest)

-- name: delta_add
-- Let the deltas of a chunk say what the stock is to be. Nothing else of it changes.
UPDATE stock_staging SET quantity = quantity + @stored_of(stock_staging),
    never_out_of_stock = coalesce((SELECT k.never_out_of_stock FROM stock k
        WHERE k.product_id = stock_staging.product_id AND k.warehouse_id = stock_staging.warehouse_id), never_out_of_stock),
    is_bundle = coalesce((SELECT k.is_bundle FROM stock k
        WHERE k.product_id = stock_staging.product_id AND k.warehouse_id = stock_staging.warehouse_id), is_bundle)
WHERE import_id = :import_id AND product_id IN @ids(products) AND @to_store(stock_staging)

-- name: delta_store
-- Store the sums of a chunk's deltas. The time of the last count stays: a delta is none.
INSERT INTO stock (product_id, warehouse_id, quantity, never_out_of_stock, is_bundle, delta_at)
SELECT g.product_id, g.warehouse_id, g.quantity, g.never_out_of_stock, g.is_bundle, g.counted_at FROM stock_staging g
WHERE g.import_id = :import_id AND g.product_id IN @ids(products) AND @to_store(g)
ORDER BY g.product_id, g.warehouse_id
ON CONFLICT (product_id, warehouse_id) DO UPDATE SET quantity = excluded.quantity,
    delta_at = CASE WHEN stock.delta_at > excluded.delta_at THEN stock.delta_at ELSE excluded.delta_at END

-- macro: refused_rows
-- What is told of rows of an import that were refused for what they would come to.
g.line, g.product_id, g.warehouse_id, g.done, g.quantity, p.sku, w.name AS warehouse,
       @stored_of(g) AS stored
FROM stock_staging g JOIN product p ON p.id = g.product_id JOIN warehouse w ON w.id = g.warehouse_id
WHERE g.import_id = :import_id AND g.done >= 5

-- name: terms_refused
-- Rows of an import that were refused for what they would come to, of these products.
SELECT @refused_rows AND g.product_id IN @ids(products) ORDER BY g.line

-- name: terms_refused_of
-- Rows of an import that were refused for what they would come to, of the products of a part.
SELECT @refused_rows AND g.product_id > :after AND g.product_id <= :last ORDER BY g.line

-- name: staged_warehouses
-- The warehouses that the staged rows of an import name.
SELECT DISTINCT warehouse_id FROM stock_staging WHERE import_id = :import_id AND line > 0 ORDER BY warehouse_id

-- name: staged_times
-- How many rows of its file an import has staged, and the time of the oldest count.
SELECT count(*) AS rows, min(counted_at) AS oldest_at FROM stock_staging WHERE import_id = :import_id AND line > 0

-- name: missing_stage
-- Stage 0 of all that these warehouses had and the file does not name. What is spared is named by a row that was
-- refused, or is left alone by one that is none of the feed's. What was counted later stays.
INSERT INTO stock_staging (import_id, product_id, warehouse_id, line, quantity, never_out_of_stock, is_bundle,
    counted_at, done)
SELECT :import_id, k.product_id, k.warehouse_id, 0, 0, 0, k.is_bundle, :counted_at, 0
FROM stock k JOIN warehouse w ON w.id = k.warehouse_id
WHERE k.warehouse_id IN @ids(warehouses) AND k.product_id NOT IN @ids(spared)
  AND (:force = 1 OR k.counted_at IS NULL OR @counted_at(k, w) <= :counted_at)
  AND NOT EXISTS (SELECT 1 FROM stock_staging g WHERE g.import_id = :import_id AND g.product_id = k.product_id
                  AND (g.warehouse_id = k.warehouse_id OR g.done = 2))

-- name: missing_counts
-- How many numbers of stock come to be 0 because the file does not name them.
SELECT count(*) FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE g.import_id = :import_id AND g.line = 0 AND g.done = 0 AND (k.quantity > 0 OR k.never_out_of_stock = 1)

-- name: chunk_zeroed
-- How many numbers of stock of these products are going to be 0 because the file does not name them, once what was
-- promised is put back.
SELECT count(*) FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
WHERE g.import_id = :import_id AND g.product_id IN @ids(products) AND g.line = 0 AND @to_store(g) AND g.quantity = 0
  AND (k.quantity > 0 OR k.never_out_of_stock = 1)

-- macro: in_doubles(quantity)
-- A quantity to be summed over any number of rows, for a share.
CAST({quantity} AS double precision)

-- name: guard_older
-- How many staged rows are older than what is stored.
SELECT count(*) FROM stock_staging g JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
JOIN warehouse w ON w.id = g.warehouse_id
WHERE g.import_id = :import_id AND g.done = 0 AND g.line > 0 AND @counted_at(k, w) > g.counted_at

-- name: guard_products
-- The next products after one that wait.
SELECT DISTINCT product_id FROM stock_staging
WHERE import_id = :import_id AND product_id > :after AND done = 0 ORDER BY product_id LIMIT :size

-- name: guard_stock
-- What these warehouses have in all.
SELECT coalesce(sum(@in_doubles(k.quantity)), 0) FROM stock k WHERE k.warehouse_id IN @ids(warehouses)

-- macro: sum_if(condition, quantity)
-- A quantity summed over the rows that fulfil the condition.
coalesce(sum(CASE WHEN {condition} THEN @in_doubles({quantity}) ELSE 0 END), 0)

-- macro: staged_change(after)
-- What is stored now, and ``after`` that what is going to be, of the staged rows g of a chunk.
(SELECT g.product_id, g.warehouse_id, coalesce(k.quantity, 0) AS before, {after} AS after
 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
 LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
 WHERE g.import_id = :import_id AND g.done = 0 AND g.product_id BETWEEN :first AND :last
   AND (:force = 1 OR k.counted_at IS NULL OR @counted_at(k, w) <= g.counted_at))

-- macro: with_later(g, k)
-- What a staged count comes to with the deltas of its stock k that are later.
CASE WHEN {k}.delta_at >= {g}.counted_at THEN {g}.quantity + @later_deltas({g}) ELSE {g}.quantity END

-- name: guard_counts
-- By how much the stock of these products falls and grows, by counts of what is on hand.
SELECT @sum_if(n.after < n.before, n.before - n.after) AS fallen, @sum_if(n.after > n.before, n.after - n.before) AS grown
FROM @staged_change(@with_later(g, k)) n

-- name: guard_deltas
-- The same by deltas.
SELECT @sum_if(n.after < n.before, n.before - n.after) AS fallen, @sum_if(n.after > n.before, n.after - n.before) AS grown
FROM @staged_change(coalesce(k.quantity, 0) + g.quantity) n

-- name: guard_available
-- What is stored of these products, and what counts of what is available say.
SELECT n.product_id, n.warehouse_id, n.before, n.after FROM @staged_change(@with_later(g, k)) n

-- name: guard_vanished
-- How many products these warehouses have in stock, and how many of them the file does not name, or names with 0.
SELECT count(*) AS had, coalesce(sum(CASE WHEN n.product_id IN @ids(spared) OR EXISTS
    (SELECT 1 FROM stock_staging g WHERE g.import_id = :import_id AND g.product_id = n.product_id
        AND (g.quantity > 0 OR g.never_out_of_stock = 1 OR g.done = 2)) THEN 0 ELSE 1 END), 0) AS vanished
FROM (SELECT DISTINCT k.product_id FROM stock k
      WHERE k.quantity > 0 AND k.warehouse_id IN @ids(warehouses)) n

-- name: guard_vanished_deltas
-- How many products these warehouses have in stock, and of how many of them the deltas leave nothing.
SELECT count(*) AS had, coalesce(sum(CASE WHEN n.after > 0 THEN 0 ELSE 1 END), 0) AS vanished
FROM (SELECT k.product_id, max(k.quantity + coalesce(g.quantity, 0)) AS after FROM stock k
      LEFT JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = k.product_id
          AND g.warehouse_id = k.warehouse_id AND g.done = 0
      WHERE k.quantity > 0 AND k.warehouse_id IN @ids(warehouses) GROUP BY k.product_id) n

-- name: foreseen_flips
-- The touched products of stores that become sellable or cease to be.
SELECT p.sku, s.name AS store, t.available AS available_before, a.available, a.never_out_of_stock
FROM touched t CROSS JOIN availability a JOIN product p ON p.id = a.product_id JOIN store s ON s.id = a.store_id
WHERE a.product_id = t.product_id AND a.store_id = t.store_id AND @sellable(a) <> @sellable(t)
ORDER BY a.product_id, a.store_id

-- name: foreseen_changes
-- What an import has changed of these products, within its unit of work.
SELECT p.sku, w.name AS warehouse, c.quantity_before, c.quantity, c.line
FROM stock_change c JOIN product p ON p.id = c.product_id JOIN warehouse w ON w.id = c.warehouse_id
WHERE c.product_id IN @ids(products) AND c.import_id = :import_id
  AND (c.quantity_before IS NULL OR c.quantity_before <> c.quantity)
ORDER BY c.product_id, c.warehouse_id
