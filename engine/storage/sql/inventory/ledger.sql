-- The ledger: reservations, availability, and what follows from them.

-- macro: remember
-- Remember availability rows a as they are; as shortfall, by how much more a store and those that share with it promise
-- than its own warehouses have, or than single ones do. That alone is no shortfall: see @short.
INSERT INTO touched (product_id, store_id, available, never_out_of_stock, shortfall)
SELECT a.product_id, a.store_id, a.available, a.never_out_of_stock,
       CASE WHEN a.never_out_of_stock = 0 AND @above(a) > 0 THEN @above(a) ELSE 0 END

-- macro: locked_once
-- Lock the availability rows a in their order; one that is remembered stays as it was first.
ORDER BY a.product_id, a.store_id @lock(a)
ON CONFLICT (product_id, store_id) DO NOTHING

-- name: ledger_lock_deltas
-- Lock, and remember as they are, the availability rows whose amounts the deltas change: those of the
-- (product, store) themselves and of every store that shares reservations with it.
@remember
FROM @with_peers(pair_delta, r.reserved <> 0 OR r.held <> 0) t
CROSS JOIN availability a
WHERE a.product_id = t.product_id AND a.store_id = t.store_id
@locked_once

-- name: ledger_lock_named
-- The same, and of those (product, store) as well of which something is promised at other warehouses than before.
@remember
FROM @with_peers((SELECT d.product_id, d.store_id FROM pair_delta d WHERE d.reserved <> 0 OR d.held <> 0
                  UNION SELECT d.product_id, d.store_id FROM warehouse_delta d WHERE d.reserved <> 0 OR d.held <> 0)) t
CROSS JOIN availability a
WHERE a.product_id = t.product_id AND a.store_id = t.store_id
@locked_once

-- name: ledger_lock_pairs
-- Lock and remember the availability rows of these (product, store) and of the stores that share with them.
@remember
FROM @with_peers(@records(pairs: product_id int, store_id int)) t
CROSS JOIN availability a
WHERE a.product_id = t.product_id AND a.store_id = t.store_id
@locked_once

-- name: ledger_lock_products
-- Lock and remember every store's availability row of these products.
@remember
FROM availability a
WHERE a.product_id IN @ids(products)
@locked_once

-- name: keep_topology [postgresql]
-- Nobody changes the topology until the end of this transaction: see topology_alone.
SELECT pg_advisory_xact_lock_shared(5370010938)

-- name: ledger_read_locked
-- Lock the availability rows of these (product, store), and return them as they are then.
SELECT a.product_id, a.store_id, a.stock, a.reserved, a.held, a.never_out_of_stock, a.selling, a.kept,
       a.option_set_id, @spared(a) AS spared, a.stock - @promised(a.reserved, a.held) + @spared(a) - a.kept AS free
FROM @records(pairs: product_id int, store_id int) t CROSS JOIN availability a
WHERE a.product_id = t.product_id AND a.store_id = t.store_id
ORDER BY a.product_id, a.store_id @lock(a)

-- name: ledger_add_deltas
-- By how much new orders change the reservations.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT r.product, r.store, r.reserved, r.held FROM @records(rows: product int, store int, reserved int, held int) r

-- name: ledger_add_named
-- Add what new orders promise at single warehouses to what is promised there.
INSERT INTO warehouse_promise (product_id, warehouse_id, store_id, reserved, held)
SELECT r.product, r.warehouse, r.store, r.reserved, r.held
FROM @records(rows: product int, store int, warehouse int, reserved int, held int) r WHERE true
@added_there

-- name: ledger_add_named_deltas
-- By how much new orders change what is promised at single warehouses.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT r.product, r.store, r.warehouse, r.reserved, r.held
FROM @records(rows: product int, store int, warehouse int, reserved int, held int) r

-- macro: added_there
-- What is promised at a warehouse is added to what was promised there before.
ON CONFLICT (product_id, warehouse_id, store_id) DO UPDATE SET reserved = warehouse_promise.reserved + excluded.reserved,
    held = warehouse_promise.held + excluded.held

-- name: ledger_post_named
-- Add the deltas to what is promised at single warehouses.
INSERT INTO warehouse_promise (product_id, warehouse_id, store_id, reserved, held)
SELECT d.product_id, d.warehouse_id, d.store_id, d.reserved, d.held FROM warehouse_delta d
WHERE d.reserved <> 0 OR d.held <> 0
ORDER BY d.product_id, d.warehouse_id, d.store_id
@added_there

-- name: ledger_clear_named
-- What is promised at single warehouses is posted.
DELETE FROM warehouse_delta

-- name: ledger_refresh_named
-- What the locked rows spare and lack, from what is promised at single warehouses and what these have: of products of
-- which anything was ever promised there, or that say so.
UPDATE availability SET spared = n.spared, lacking = n.lacking,
    available = @available(availability, availability.stock, availability.reserved, availability.held, n.spared)
FROM (SELECT t.product_id, t.store_id, @beyond(t, @own_house(t)) AS spared, @beyond(t, @any_house(t)) AS lacking
      FROM touched t CROSS JOIN availability a
      WHERE a.product_id = t.product_id AND a.store_id = t.store_id
        AND (a.spared <> 0 OR a.lacking <> 0
             OR EXISTS (SELECT 1 FROM warehouse_promise q WHERE q.product_id = t.product_id))) n
WHERE availability.product_id = n.product_id AND availability.store_id = n.store_id
  AND (availability.spared <> n.spared OR availability.lacking <> n.lacking)

-- name: ledger_add_reserved
-- Add what is given to the reservations; the version of every row grows.
UPDATE reservation SET reserved = reservation.reserved + r.reserved, held = reservation.held + r.held,
    version = reservation.version + 1
FROM @records(rows: product int, store int, reserved int, held int) r
WHERE reservation.product_id = r.product AND reservation.store_id = r.store

-- name: ledger_add_promised
-- Add what is given to what is promised of locked availability rows.
UPDATE availability SET reserved = availability.reserved + r.reserved, held = availability.held + r.held,
    available = @available(availability, availability.stock, availability.reserved + r.reserved, availability.held + r.held)
FROM @records(rows: product int, store int, reserved int, held int) r
WHERE availability.product_id = r.product AND availability.store_id = r.store

-- name: ledger_post
-- Add the deltas to the reservations; the version of every changed row grows.
INSERT INTO reservation (product_id, store_id, reserved, held, version, exported_version)
SELECT d.product_id, d.store_id, d.reserved, d.held, 1, 0 FROM pair_delta d
WHERE d.reserved <> 0 OR d.held <> 0
ORDER BY d.product_id, d.store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET reserved = reservation.reserved + excluded.reserved,
    held = reservation.held + excluded.held, version = reservation.version + 1

-- name: ledger_post [postgresql]
-- Add the deltas to the reservations; the version of every changed row grows. The rows are there already.
UPDATE reservation r SET reserved = r.reserved + d.reserved, held = r.held + d.held, version = r.version + 1
FROM pair_delta d
WHERE r.product_id = d.product_id AND r.store_id = d.store_id AND (d.reserved <> 0 OR d.held <> 0)

-- name: ledger_changes
-- The changed reservations with their amounts (reserved + held) before and after.
SELECT d.store_id, d.product_id, s.name AS store, p.sku,
       r.reserved + r.held - d.reserved - d.held AS amount_before, r.reserved + r.held AS amount_after
FROM pair_delta d JOIN reservation r ON r.product_id = d.product_id AND r.store_id = d.store_id
JOIN store s ON s.id = d.store_id JOIN product p ON p.id = d.product_id
WHERE d.reserved <> 0 OR d.held <> 0 ORDER BY d.product_id, d.store_id

-- name: ledger_write_deltas
-- Availability of the touched (product, store), computed afresh from the reservations: what the deltas change,
-- and the stores that share with it, was locked and so is touched.
INSERT INTO availability (product_id, store_id, reserved, held)
SELECT t.product_id, t.store_id, sum(r.reserved), sum(r.held)
FROM touched t
CROSS JOIN @peers peer
CROSS JOIN reservation r
WHERE peer.store_id = t.store_id AND r.product_id = t.product_id AND r.store_id = peer.other_id
GROUP BY t.product_id, t.store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET reserved = excluded.reserved, held = excluded.held,
    available = @available(availability, availability.stock, excluded.reserved, excluded.held)

-- name: ledger_write_deltas [postgresql]
-- Availability of the touched (product, store), computed afresh from the reservations: what the deltas change,
-- and the stores that share with it, was locked and so is touched. An UPDATE, which costs half of an INSERT
-- that finds every row there.
UPDATE availability a SET reserved = n.reserved, held = n.held,
    available = @available(a, a.stock, n.reserved, n.held)
FROM (SELECT t.product_id, t.store_id, sum(r.reserved) AS reserved, sum(r.held) AS held
      FROM touched t
      CROSS JOIN @peers peer
      CROSS JOIN reservation r
      WHERE peer.store_id = t.store_id AND r.product_id = t.product_id AND r.store_id = peer.other_id
      GROUP BY t.product_id, t.store_id) n
WHERE a.product_id = n.product_id AND a.store_id = n.store_id

-- name: ledger_write_pairs
-- Availability of these (product, store) and of the stores that share with them, computed afresh.
INSERT INTO availability (product_id, store_id, reserved, held)
SELECT t.product_id, t.store_id, sum(r.reserved), sum(r.held)
FROM @with_peers(@records(pairs: product_id int, store_id int)) t
CROSS JOIN @peers peer
CROSS JOIN reservation r
WHERE peer.store_id = t.store_id AND r.product_id = t.product_id AND r.store_id = peer.other_id
GROUP BY t.product_id, t.store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET reserved = excluded.reserved, held = excluded.held,
    available = @available(availability, availability.stock, excluded.reserved, excluded.held)

-- name: ledger_refresh_reserved
-- Reserved and held of every store's row of these products, computed afresh.
INSERT INTO availability (product_id, store_id, reserved, held)
SELECT t.value, peer.store_id, sum(r.reserved), sum(r.held)
FROM @ids(products) t
CROSS JOIN @peers peer
CROSS JOIN reservation r
WHERE r.product_id = t.value AND r.store_id = peer.other_id
GROUP BY t.value, peer.store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET reserved = excluded.reserved, held = excluded.held,
    available = @available(availability, availability.stock, excluded.reserved, excluded.held)

-- name: ledger_refresh_stock
-- Stock and the never-out-of-stock flag of every store's row of these products, from the store's active
-- warehouses.
INSERT INTO availability (product_id, store_id, stock, never_out_of_stock)
SELECT n.product_id, n.store_id, sum(n.quantity), max(n.never_out_of_stock)
FROM (SELECT a.product_id, a.store_id, 0 AS quantity, 0 AS never_out_of_stock
      FROM availability a WHERE a.product_id IN @ids(products)
      UNION ALL
      SELECT k.product_id, l.store_id, k.quantity, k.never_out_of_stock
      FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
      JOIN store_warehouse l ON l.warehouse_id = k.warehouse_id
      WHERE k.product_id IN @ids(products)) n
GROUP BY n.product_id, n.store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET stock = excluded.stock,
    never_out_of_stock = @endless(availability, excluded.never_out_of_stock),
    available = @available(availability, excluded.stock, availability.reserved, availability.held)

-- macro: locked_stock
-- Stock and the never-out-of-stock flag of the locked (product, store), from the store's active warehouses.
SELECT t.product_id, t.store_id, coalesce(sum(k.quantity), 0) AS stock,
       coalesce(max(k.never_out_of_stock), 0) AS never_out_of_stock
FROM touched t
LEFT JOIN store_warehouse l ON l.store_id = t.store_id
    AND l.warehouse_id IN (SELECT w.id FROM warehouse w WHERE w.active = 1)
LEFT JOIN stock k ON k.product_id = t.product_id AND k.warehouse_id = l.warehouse_id
WHERE true GROUP BY t.product_id, t.store_id

-- name: ledger_refresh_locked
-- Stock and the never-out-of-stock flag of the locked rows, where they are others than before.
INSERT INTO availability (product_id, store_id, stock, never_out_of_stock)
@locked_stock
ON CONFLICT (product_id, store_id) DO UPDATE SET stock = excluded.stock,
    never_out_of_stock = @endless(availability, excluded.never_out_of_stock),
    available = @available(availability, excluded.stock, availability.reserved, availability.held)
    WHERE availability.stock <> excluded.stock
       OR availability.never_out_of_stock <> @endless(availability, excluded.never_out_of_stock)

-- name: ledger_refresh_locked [postgresql]
-- Stock and the never-out-of-stock flag of the locked rows, where they are others than before.
UPDATE availability a SET stock = n.stock, never_out_of_stock = @endless(a, n.never_out_of_stock),
    available = @available(a, n.stock, a.reserved, a.held)
FROM (@locked_stock) n
WHERE a.product_id = n.product_id AND a.store_id = n.store_id
  AND (a.stock <> n.stock OR a.never_out_of_stock <> @endless(a, n.never_out_of_stock))

-- name: ledger_clear_deltas
-- The deltas are posted.
DELETE FROM pair_delta

-- name: ledger_clear_touched
-- Forget the (product, store) of the unit of work.
DELETE FROM touched

-- name: ledger_clear_touched [postgresql]
-- Forget the (product, store) of the unit of work, and see that nobody changes the topology until its end: which rows
-- are to be locked depends on who shares with whom. See topology_alone.
WITH cleared AS (DELETE FROM touched)
SELECT pg_advisory_xact_lock_shared(5370010938)

-- name: ledger_clear_abstracts
-- Forget the abstract products of the unit of work.
DELETE FROM touched_abstract

-- name: ledger_compare
-- What became of the touched rows: how many changed, how many of them became sellable or ceased to be, how
-- many changed their flag, how many may be short of more than before, how many have a sum below zero, which is damage,
-- and the largest sums (which must stay far inside 64 bits). And how many channel groups there are.
SELECT count(*) FILTER (WHERE @differs(a, t)) AS changed,
       count(*) FILTER (WHERE @sellable(a) <> @sellable(t)) AS flipped,
       count(*) FILTER (WHERE a.never_out_of_stock <> t.never_out_of_stock) AS flagged,
       count(*) FILTER (WHERE a.never_out_of_stock = 0 AND @above(a) > t.shortfall) AS short,
       count(*) FILTER (WHERE a.reserved < 0 OR a.held < 0) AS negative,
       max(a.reserved) AS reserved, max(a.held) AS held, (SELECT count(*) FROM channel_group) AS channel_groups
FROM touched t CROSS JOIN availability a
WHERE a.product_id = t.product_id AND a.store_id = t.store_id

-- name: ledger_shortfalls
-- The touched rows that promise more than there is, and more than before. What a store itself promises is held
-- against its own warehouses, what it promises together with those that share with it against all of theirs:
-- a partner may serve its orders from where this store cannot. And what is promised at a warehouse is held against that.
SELECT n.store, n.sku, n.shortfall,
       CASE WHEN n.shortfall > n.grown THEN n.shortfall - n.grown ELSE 0 END AS shortfall_before
FROM (SELECT m.store, m.sku, m.grown, m.product_id, m.store_id, @short(m) AS shortfall
      FROM (SELECT s.name AS store, p.sku, a.product_id, a.store_id,
                   @above(a) - t.shortfall AS grown,
                   @promises(a, r)
            FROM touched t CROSS JOIN availability a
            JOIN reservation r ON r.product_id = a.product_id AND r.store_id = a.store_id
            JOIN store s ON s.id = a.store_id AND s.remote = 0 JOIN product p ON p.id = a.product_id
            WHERE a.product_id = t.product_id AND a.store_id = t.store_id
              AND a.never_out_of_stock = 0 AND @above(a) > t.shortfall) m) n
WHERE n.shortfall > 0 ORDER BY n.product_id, n.store_id

-- name: ledger_negatives
-- The touched (product, store) whose own reservation is below zero.
SELECT s.name AS store, p.sku, r.reserved, r.held
FROM touched t CROSS JOIN reservation r JOIN store s ON s.id = r.store_id JOIN product p ON p.id = r.product_id
WHERE r.product_id = t.product_id AND r.store_id = t.store_id AND (r.reserved < 0 OR r.held < 0)
ORDER BY r.product_id, r.store_id

-- name: ledger_lock_abstracts
-- Lock and remember the abstract products of the touched rows that changed.
INSERT INTO touched_abstract (abstract_id, store_id, available, never_out_of_stock, event_version)
SELECT b.abstract_id, b.store_id, b.available, b.never_out_of_stock, b.event_version
FROM (SELECT DISTINCT p.abstract_id, t.store_id
      FROM touched t CROSS JOIN availability a CROSS JOIN product p
      WHERE a.product_id = t.product_id AND a.store_id = t.store_id AND p.id = t.product_id
        AND @differs(a, t)) n
CROSS JOIN abstract_availability b
WHERE b.abstract_id = n.abstract_id AND b.store_id = n.store_id
ORDER BY b.abstract_id, b.store_id @lock(b)
ON CONFLICT (abstract_id, store_id) DO NOTHING

-- name: ledger_lock_abstracts_of
-- Lock and remember every store's row of the abstract products of these products.
INSERT INTO touched_abstract (abstract_id, store_id, available, never_out_of_stock, event_version)
SELECT b.abstract_id, b.store_id, b.available, b.never_out_of_stock, b.event_version
FROM abstract_availability b
WHERE b.abstract_id IN (SELECT p.abstract_id FROM product p WHERE p.id IN @ids(products))
ORDER BY b.abstract_id, b.store_id @lock(b)
ON CONFLICT (abstract_id, store_id) DO NOTHING

-- name: ledger_write_abstracts
-- The sums of the touched abstract products over their concrete ones.
INSERT INTO abstract_availability (abstract_id, store_id, available, never_out_of_stock)
SELECT t.abstract_id, t.store_id, sum(a.available), max(a.never_out_of_stock)
FROM touched_abstract t CROSS JOIN product p CROSS JOIN availability a
WHERE p.abstract_id = t.abstract_id AND a.product_id = p.id AND a.store_id = t.store_id
GROUP BY t.abstract_id, t.store_id
ON CONFLICT (abstract_id, store_id) DO UPDATE SET available = excluded.available,
    never_out_of_stock = excluded.never_out_of_stock

-- name: ledger_write_abstracts [postgresql]
-- The sums of the touched abstract products over their concrete ones.
UPDATE abstract_availability b SET available = n.available, never_out_of_stock = n.never_out_of_stock
FROM (SELECT t.abstract_id, t.store_id, sum(a.available) AS available,
             max(a.never_out_of_stock) AS never_out_of_stock
      FROM touched_abstract t CROSS JOIN product p CROSS JOIN availability a
      WHERE p.abstract_id = t.abstract_id AND a.product_id = p.id AND a.store_id = t.store_id
      GROUP BY t.abstract_id, t.store_id) n
WHERE b.abstract_id = n.abstract_id AND b.store_id = n.store_id

-- name: ledger_raise_versions
-- Raise the event version of the touched abstract products that have something to tell: they or one of
-- their concrete ones became sellable or ceased to be, or (amount = 1) changed at all.
INSERT INTO abstract_availability (abstract_id, store_id, event_version)
SELECT b.abstract_id, b.store_id, 1 FROM touched_abstract t CROSS JOIN abstract_availability b
WHERE b.abstract_id = t.abstract_id AND b.store_id = t.store_id
  AND (@sellable(b) <> @sellable(t) OR :amount = 1 AND @differs(b, t))
UNION
SELECT p.abstract_id, t.store_id, 1 FROM touched t CROSS JOIN availability a CROSS JOIN product p
WHERE a.product_id = t.product_id AND a.store_id = t.store_id AND p.id = t.product_id
  AND (@sellable(a) <> @sellable(t) OR :amount = 1 AND @differs(a, t))
ON CONFLICT (abstract_id, store_id) DO UPDATE SET event_version = abstract_availability.event_version + 1

-- name: ledger_events
-- The abstract products whose event version was raised, with all their concrete ones; those of a
-- store of another database are told there.
SELECT b.abstract_id, b.store_id, s.name AS store, g.sku AS abstract_sku, b.available AS abstract_available,
       b.event_version, p.id AS product_id, p.sku, a.available, a.never_out_of_stock
FROM touched_abstract t CROSS JOIN abstract_availability b
JOIN abstract_product g ON g.id = b.abstract_id JOIN store s ON s.id = b.store_id AND s.remote = 0
JOIN product p ON p.abstract_id = b.abstract_id
JOIN availability a ON a.product_id = p.id AND a.store_id = b.store_id
WHERE b.abstract_id = t.abstract_id AND b.store_id = t.store_id AND b.event_version > t.event_version
ORDER BY b.abstract_id, b.store_id, p.id
