-- Releasing shipped items once a count says so.

-- macro: of_chunk
-- The items i of a chunk's products that stand in one of the states. The plus signs keep SQLite from reading every
-- item of a product, or of a state.
FROM @in_states(states) AND +i.state_id IN @ids(states) AND +i.product_id IN @ids(products)

-- macro: counted_later
-- Whether the import has a count from after the item i left the shelf: of an active warehouse of its store, or of the
-- very warehouse that it names. A count that is older than the stored one is none.
EXISTS
(SELECT 1 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
 LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
 WHERE g.import_id = :import_id AND g.product_id = i.product_id AND g.done = 0
   AND (k.counted_at IS NULL OR k.counted_at <= g.counted_at)
   AND @left(i) <= g.counted_at - :tolerance
   AND @counts_for(i, w, g.warehouse_id))

-- name: release_waiting
-- Whether an item stands in one of the states from which a count releases.
SELECT 1 AS found FROM (@ids_in_states(states) LIMIT 1) i

-- name: release_candidates
-- The items of a chunk that a count releases: shipped before it, and so not in it. Locks the items in id order.
INSERT INTO moving (@taken_as)
SELECT @taken(i) @of_chunk AND @counted_later
ORDER BY i.id @lock(i)

-- name: release_candidates_all
-- The same where an item without a warehouse needs a later count of every active warehouse of its store that
-- has the product: from this import, or stored by an earlier one. What a forced import stores replaces a later count,
-- which then is none any more.
INSERT INTO moving (@taken_as)
SELECT @taken(i) @of_chunk AND @counted_later
  AND (i.warehouse_id IS NOT NULL OR NOT EXISTS
    (SELECT 1 FROM store_warehouse l JOIN warehouse w ON w.id = l.warehouse_id AND w.active = 1
     LEFT JOIN stock k ON k.product_id = i.product_id AND k.warehouse_id = l.warehouse_id
     LEFT JOIN stock_staging g ON g.import_id = :import_id AND g.product_id = i.product_id
        AND g.warehouse_id = l.warehouse_id AND g.done = 0
     WHERE l.store_id = i.store_id AND (k.product_id IS NOT NULL OR g.product_id IS NOT NULL)
       AND (k.counted_at IS NULL OR k.counted_at < @left(i) + :tolerance OR g.counted_at IS NOT NULL AND EXISTS
            (SELECT 1 FROM stock_import o WHERE o.id = g.import_id AND o.forced = 1))
       AND (g.counted_at IS NULL OR g.counted_at < @left(i) + :tolerance)))
ORDER BY i.id @lock(i)

-- macro: has_count(condition)
-- Whether the import has a count for the item i, of its warehouse or one of its store's, that fulfils the condition.
EXISTS
    (SELECT 1 FROM stock_staging g JOIN warehouse w ON w.id = g.warehouse_id
     LEFT JOIN stock k ON k.product_id = g.product_id AND k.warehouse_id = g.warehouse_id
     WHERE g.import_id = :import_id AND g.product_id = i.product_id AND g.done IN (0, 3)
       AND @counts_for(i, w, g.warehouse_id) AND {condition})

-- name: release_kept
-- How many items of a chunk stay in each state though their warehouse or one of their store's was counted, and why:
-- the count is an old one (1), they left the shelf after it (2), or another warehouse was not counted since (3). The
-- first one stands for them.
SELECT n.state_id, n.reason, count(*) AS items, min(n.id) AS first
FROM (SELECT i.id, i.state_id,
             CASE WHEN NOT @has_count(g.done = 0 AND (k.counted_at IS NULL OR k.counted_at <= g.counted_at)) THEN 1
                  WHEN NOT @counted_later THEN 2 ELSE 3 END AS reason
      @of_chunk AND @has_count(true)
        AND NOT EXISTS (SELECT 1 FROM moving m WHERE m.item_id = i.id)) n
GROUP BY n.state_id, n.reason ORDER BY n.state_id, n.reason

-- name: release_claimed
-- How many of the items that were taken somebody else has claimed, per state, and the first one.
SELECT m.state_id, count(*) AS items, min(m.item_id) AS first FROM item_claim c JOIN moving m ON m.item_id = c.item_id
WHERE @live_claim(c) AND m.item_id NOT IN @ids(prepared) GROUP BY m.state_id ORDER BY m.state_id

-- name: release_first
-- The first item of each group of the plan.
SELECT m.group_no, min(m.item_id) AS first FROM moving m GROUP BY m.group_no ORDER BY m.group_no

-- name: release_states
-- In which states these items stand.
SELECT i.id, i.state_id FROM order_item i WHERE i.id IN @ids(items) ORDER BY i.id

-- name: release_reserved
-- What of the products of the items that were taken is reserved, in all stores.
SELECT r.product_id, sum(r.reserved) AS reserved FROM reservation r
WHERE r.product_id IN (SELECT m.product_id FROM moving m) GROUP BY r.product_id

-- name: release_reserved_of
-- What of these products is reserved, in all stores.
SELECT r.product_id, sum(r.reserved) AS reserved FROM reservation r
WHERE r.product_id IN @ids(products) GROUP BY r.product_id
