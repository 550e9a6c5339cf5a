-- Holds of carts: taken, prolonged and ended.

-- name: cart_hold_begun
-- What differs after every change of a name that orders use, and those of the cart holds with these references that
-- are stored: one row at least.
SELECT n.version, c.reference, c.fingerprint, c.ended_at, c.hold_until, c.outcome, c.order_id
FROM (SELECT coalesce(max(version), 0) AS version FROM names_version) n
LEFT JOIN cart_hold c ON c.reference IN @texts(references)

-- name: cart_hold_begun [postgresql]
-- What differs after every change of a name that orders use, and those of the cart holds with these references that
-- are stored: one row at least. With the time, which no other statement asks for.
SELECT n.version, c.reference, c.fingerprint, c.ended_at, c.hold_until, c.outcome, c.order_id,
       CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint) AS now
FROM (SELECT coalesce(max(version), 0) AS version FROM names_version) n
LEFT JOIN cart_hold c ON c.reference IN @texts(references)

-- name: insert_cart_holds
-- Store cart holds. Where somebody else has stored one of the references meanwhile, the unit of work is run again.
INSERT INTO cart_hold (reference, store_id, taken_at, hold_until, fingerprint)
SELECT r.reference, r.store, :now, r.until, r.fingerprint
FROM @records(holds: reference text, store int, until int, fingerprint text) r

-- name: insert_cart_lines
-- Store the lines of cart holds that were just stored; they count from now on.
INSERT INTO cart_hold_line (hold_id, line, product_id, store_id, warehouse_id, quantity, counted_hold, hold_until)
SELECT c.id, r.line, r.product, c.store_id, r.warehouse, r.quantity, r.quantity, c.hold_until
FROM @records(lines: reference text, line int, product int, warehouse int, quantity int) r
JOIN cart_hold c ON c.reference = r.reference

-- name: lock_cart_hold
-- Lock the cart hold with a reference; and whether anything of it is to come from a certain warehouse.
SELECT c.id, c.hold_until, c.ended_at, c.outcome, c.order_id,
       CASE WHEN EXISTS (SELECT 1 FROM cart_hold_line l WHERE l.hold_id = c.id AND l.warehouse_id IS NOT NULL)
            THEN 1 ELSE 0 END AS named
FROM cart_hold c WHERE c.reference = :reference @lock(c)

-- name: lock_cart_holds_over
-- Lock the cart holds whose time is over, the oldest ones, in id order.
SELECT c.id FROM cart_hold c WHERE c.id IN
    (SELECT i.hold_id FROM cart_hold_line i WHERE @hold_is_over(i) ORDER BY i.hold_until, i.hold_id LIMIT :size)
ORDER BY c.id @lock(c)

-- name: lock_cart_holds_over_of
-- Lock the cart holds of these products whose time is over, the oldest ones, in id order.
SELECT c.id FROM cart_hold c WHERE c.id IN
    (SELECT i.hold_id FROM cart_hold_line i WHERE @hold_is_over(i) AND i.product_id + 0 IN @ids(products)
     ORDER BY i.hold_until, i.hold_id LIMIT :size)
ORDER BY c.id @lock(c)

-- name: cart_holds_still_over
-- Those of these cart holds whose time is over, now that they are locked, and whether anything of them is to come from
-- a certain warehouse.
SELECT i.hold_id, max(CASE WHEN i.warehouse_id IS NULL THEN 0 ELSE 1 END) AS named FROM cart_hold_line i
WHERE @hold_is_over(i) AND i.hold_id IN @ids(holds) GROUP BY i.hold_id ORDER BY i.hold_id

-- macro: order_called(id)
-- The reference of an order that is stored or archived; NULL where it was purged.
(SELECT k.reference FROM sales_order k WHERE k.id = {id} UNION ALL SELECT a.reference FROM archived_order a WHERE a.id = {id})

-- name: order_of_cart_hold
-- The reference of the order that a cart has become.
SELECT @order_called(:order)

-- name: cart_hold_is_over
-- Whether the time of any cart hold is over.
SELECT i.hold_id FROM cart_hold_line i WHERE @hold_is_over(i) LIMIT 1

-- name: collect_cart_delta
-- By how much holds change when these cart holds end.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT l.product_id, l.store_id, 0, -sum(l.counted_hold) FROM cart_hold_line l
WHERE l.hold_id IN @ids(holds) AND l.counted_hold <> 0 GROUP BY l.product_id, l.store_id

-- name: collect_named_carts
-- By how much what is held at single warehouses changes when these cart holds end.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT l.product_id, l.store_id, l.warehouse_id, 0, -sum(l.counted_hold) FROM cart_hold_line l
WHERE l.hold_id IN @ids(holds) AND l.counted_hold <> 0 AND l.warehouse_id IS NOT NULL
GROUP BY l.product_id, l.store_id, l.warehouse_id

-- name: prolong_cart_hold
-- Have a cart hold last until another time.
UPDATE cart_hold SET hold_until = :until WHERE id = :hold

-- name: prolong_cart_lines
-- Have the lines of a cart hold count until another time.
UPDATE cart_hold_line SET hold_until = :until WHERE hold_id = :hold

-- name: end_cart_holds
-- End these cart holds.
UPDATE cart_hold SET ended_at = coalesce(ended_at, :now), outcome = coalesce(outcome, :outcome) WHERE id IN @ids(holds)

-- name: end_cart_lines
-- The lines of these cart holds count nothing any more.
UPDATE cart_hold_line SET counted_hold = 0, hold_until = NULL WHERE hold_id IN @ids(holds)
