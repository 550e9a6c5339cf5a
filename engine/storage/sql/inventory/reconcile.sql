-- Comparing what is stored with what items, carts and stock say, and repairing it.

-- name: reconcile_products
-- The next products to compare.
SELECT min(id) AS first, max(id) AS last, count(*) AS products
FROM (SELECT id FROM product WHERE id > :after ORDER BY id LIMIT :size) n

-- name: reconcile_abstract_products
-- The next abstract products to compare.
SELECT min(id) AS first, max(id) AS last, count(*) AS products
FROM (SELECT id FROM abstract_product WHERE id > :after ORDER BY id LIMIT :size) n

-- name: reconcile_stores
-- How many stores there are.
SELECT count(*) FROM store

-- name: reconcile_states
-- The states whose items count something, or can: nothing of what others have reaches a reservation.
SELECT id, reserved FROM process_state WHERE reserved = 1 OR can_reserve = 1 ORDER BY id

-- name: reconcile_live
-- What the items in such states, all reserved (:reserved is 1) or none, should count per product, store and warehouse
-- that they are to come from, and how many of them say something else of themselves.
SELECT i.product_id, i.store_id, i.warehouse_id, sum(@counts_reserved(:reserved, i.quantity)) AS reserved,
       sum(@keeps(:reserved, i)) AS held,
       sum(CASE WHEN i.counted_reserved <> @counts_reserved(:reserved, i.quantity)
                  OR i.counted_hold <> @keeps(:reserved, i) THEN 1 ELSE 0 END) AS wrong
FROM @in_states(states) GROUP BY i.product_id, i.store_id, i.warehouse_id

-- name: reconcile_live_carts
-- The same of carts: of those that hold something, or should. All others are over.
SELECT l.product_id, l.store_id, l.warehouse_id, 0 AS reserved, sum(@cart_holds(l, c)) AS held,
       sum(CASE WHEN @cart_miscounts(l, c) THEN 1 ELSE 0 END) AS wrong
FROM cart_hold_line l JOIN cart_hold c ON c.id = l.hold_id
WHERE l.hold_id IN
    (SELECT o.id FROM cart_hold o WHERE o.ended_at IS NULL
     UNION SELECT k.hold_id FROM cart_hold_line k WHERE k.counted_hold <> 0
     UNION SELECT k.hold_id FROM cart_hold_line k WHERE k.hold_until IS NOT NULL)
GROUP BY l.product_id, l.store_id, l.warehouse_id

-- name: reconcile_last_item
-- The highest id of an item.
SELECT coalesce(max(id), 0) FROM order_item

-- name: reconcile_window
-- The same of all items of a window: of the others, which neither count anything nor should, there is nothing to say.
SELECT i.product_id, i.store_id, i.warehouse_id, sum(@counts_reserved(t.reserved, i.quantity)) AS reserved,
       sum(@holds(i, t)) AS held,
       sum(CASE WHEN @miscounts(i, t) THEN 1 ELSE 0 END) AS wrong
FROM order_item i CROSS JOIN process_state t
WHERE i.id > :after AND i.id <= :until AND t.id = i.state_id
  AND (t.reserved = 1 OR i.counted_reserved <> 0 OR i.counted_hold <> 0)
GROUP BY i.product_id, i.store_id, i.warehouse_id

-- name: reconcile_closed
-- The closed states of which another number is kept than items stand in them.
WITH d AS MATERIALIZED
    (SELECT s.value AS state_id, (SELECT count(*) FROM item_state n WHERE n.state_id = s.value) AS items,
            coalesce((SELECT sum(c.items) FROM closed_items c WHERE c.state_id = s.value), 0) AS kept
     FROM @ids(states) s)
SELECT d.state_id, d.kept, d.items FROM d WHERE d.kept <> d.items ORDER BY d.state_id

-- name: reconcile_reserved
-- The reservations of these products, of stores of this database, that are not nothing.
SELECT r.product_id, r.store_id, r.reserved, r.held FROM reservation r JOIN store s ON s.id = r.store_id AND s.remote = 0
WHERE r.product_id BETWEEN :first AND :last AND (r.reserved <> 0 OR r.held <> 0)

-- name: reconcile_odd
-- The products of which a row is missing, or availability says something else than stock, reservations and its own
-- terms do.
SELECT DISTINCT p.id
FROM product p CROSS JOIN store s
LEFT JOIN reservation r ON r.product_id = p.id AND r.store_id = s.id
LEFT JOIN availability a ON a.product_id = p.id AND a.store_id = s.id
LEFT JOIN @stocked(o.product_id BETWEEN :first AND :last) k ON k.product_id = p.id AND k.store_id = s.id
LEFT JOIN (SELECT o.product_id, peer.store_id, sum(o.reserved) AS reserved, sum(o.held) AS held
           FROM reservation o JOIN @peers peer ON peer.other_id = o.store_id
           WHERE o.product_id BETWEEN :first AND :last GROUP BY o.product_id, peer.store_id) q
    ON q.product_id = p.id AND q.store_id = s.id
WHERE p.id BETWEEN :first AND :last
  AND (a.product_id IS NULL OR s.remote = 0 AND r.product_id IS NULL OR a.stock <> coalesce(k.quantity, 0)
       OR a.never_out_of_stock <> @endless(a, coalesce(k.never_out_of_stock, 0))
       OR a.reserved <> coalesce(q.reserved, 0) OR a.held <> coalesce(q.held, 0)
       OR a.available <> @available(a, a.stock, a.reserved, a.held) OR @wrong_houses(a))

-- macro: wrong_houses(a)
-- Whether an availability row spares or lacks something else than what is promised at single warehouses says.
EXISTS (SELECT 1 FROM warehouse_promise o WHERE o.product_id = {a}.product_id)
AND ({a}.spared <> @beyond({a}, @own_house({a})) OR {a}.lacking <> @beyond({a}, @any_house({a})))
OR ({a}.spared <> 0 OR {a}.lacking <> 0) AND NOT EXISTS
   (SELECT 1 FROM warehouse_promise o WHERE o.product_id = {a}.product_id)

-- name: reconcile_stored_there
-- What is promised at single warehouses, of these products, that is not nothing.
SELECT q.product_id, q.store_id, q.warehouse_id, q.reserved, q.held FROM warehouse_promise q
WHERE q.product_id BETWEEN :first AND :last AND (q.reserved <> 0 OR q.held <> 0)

-- name: reconcile_there
-- What is promised of these products at single warehouses and differs from what items and carts should count there.
SELECT p.id AS product_id, s.name AS store, p.sku, w.name AS warehouse, 1 AS present,
       -sum(k.reserved) FILTER (WHERE k.stored = 1) AS reserved, -sum(k.held) FILTER (WHERE k.stored = 1) AS held,
       sum(k.reserved) FILTER (WHERE k.stored = 0) AS expected_reserved, sum(k.held) FILTER (WHERE k.stored = 0) AS expected_held
FROM @both_there k
JOIN product p ON p.id = k.product_id JOIN store s ON s.id = k.store_id JOIN warehouse w ON w.id = k.warehouse_id
GROUP BY p.id, s.name, p.sku, w.name HAVING sum(k.reserved) <> 0 OR sum(k.held) <> 0
ORDER BY p.id, s.name, w.name

-- macro: both_there
-- What should count at single warehouses (stored 0), and what is stored of it, taken off (1).
(SELECT n.product_id, n.store_id, n.warehouse_id, n.reserved, n.held, 0 AS stored FROM
 (SELECT b.product_id, b.warehouse_id, b.store_id, sum(b.reserved) AS reserved, sum(b.held) AS held
  FROM (SELECT i.product_id, i.warehouse_id, i.store_id, @counts_reserved(t.reserved, i.quantity) AS reserved,
               @holds(i, t) AS held
        FROM order_item i JOIN process_state t ON t.id = i.state_id
        WHERE i.product_id IN @ids(products) AND i.warehouse_id IS NOT NULL
        UNION ALL
        SELECT l.product_id, l.warehouse_id, l.store_id, 0, @cart_holds(l, c)
        FROM cart_hold_line l JOIN cart_hold c ON c.id = l.hold_id
        WHERE l.product_id IN @ids(products) AND l.warehouse_id IS NOT NULL) b
  GROUP BY b.product_id, b.warehouse_id, b.store_id) n
 UNION ALL
 SELECT q.product_id, q.store_id, q.warehouse_id, -q.reserved, -q.held, 1 FROM warehouse_promise q
 WHERE q.product_id IN @ids(products))

-- macro: keeps(reserved, i)
-- What an item holds that has a hold, in a state that is not reserved and from which a reserved one can follow.
CASE WHEN {reserved} = 0 AND {i}.counted_hold <> 0 THEN {i}.quantity ELSE 0 END

-- macro: stocked(condition)
-- The stock per product and store, of active warehouses or as it is allotted, and whether one never runs out; of stock
-- rows o.
(SELECT o.product_id, l.store_id, max(o.never_out_of_stock) AS never_out_of_stock,
        CASE WHEN s.channel_group_id IS NULL THEN sum(o.quantity) ELSE
             (SELECT m.quantity FROM allotment m
              WHERE m.product_id = o.product_id AND m.channel_group_id = s.channel_group_id) END AS quantity
 FROM stock o JOIN warehouse w ON w.id = o.warehouse_id AND w.active = 1
 JOIN store_warehouse l ON l.warehouse_id = o.warehouse_id JOIN store s ON s.id = l.store_id
 WHERE {condition} GROUP BY o.product_id, l.store_id, s.channel_group_id)

-- name: reconcile_allotted
-- The warehouse groups whose allotments of a product add up to something else than their warehouses have of it.
SELECT p.id AS product_id, w.name AS store, p.sku, 1 AS present, coalesce(m.quantity, 0) AS allotted,
       coalesce(k.quantity, 0) AS expected_allotted
FROM product p CROSS JOIN warehouse_group w
LEFT JOIN (SELECT n.product_id, g.warehouse_group_id, sum(n.quantity) AS quantity FROM allotment n
           JOIN channel_group g ON g.id = n.channel_group_id
           WHERE n.product_id BETWEEN :first AND :last GROUP BY n.product_id, g.warehouse_group_id) m
    ON m.product_id = p.id AND m.warehouse_group_id = w.id
LEFT JOIN (SELECT o.product_id, h.group_id, sum(o.quantity) AS quantity FROM stock o
           JOIN warehouse h ON h.id = o.warehouse_id AND h.active = 1
           WHERE o.product_id BETWEEN :first AND :last GROUP BY o.product_id, h.group_id) k
    ON k.product_id = p.id AND k.group_id = w.id
WHERE p.id BETWEEN :first AND :last AND coalesce(m.quantity, 0) <> coalesce(k.quantity, 0)
  AND EXISTS (SELECT 1 FROM channel_group g WHERE g.warehouse_group_id = w.id)
ORDER BY p.id, w.name

-- name: reconcile_items
-- Per product, the items whose own record is wrong: an item in a reserved state counts its quantity, any
-- other nothing; a hold is the quantity or nothing, and only before a reserved state.
SELECT i.product_id, count(*) AS items
FROM order_item i JOIN process_state t ON t.id = i.state_id
WHERE i.product_id IN @ids(products)
  AND @miscounts(i, t)
GROUP BY i.product_id ORDER BY i.product_id

-- name: reconcile_carts
-- Per product, the lines of carts whose own record is wrong: one counts its quantity until the time of its hold, and
-- nothing once that has ended.
SELECT l.product_id, count(*) AS items
FROM cart_hold_line l JOIN cart_hold c ON c.id = l.hold_id
WHERE l.product_id IN @ids(products) AND @cart_miscounts(l, c)
GROUP BY l.product_id ORDER BY l.product_id

-- name: reconcile_reservations
-- Reservations that differ from what the items and the carts of the store should count.
SELECT p.id AS product_id, s.name AS store, p.sku, CASE WHEN r.product_id IS NULL THEN 0 ELSE 1 END AS present,
       coalesce(r.reserved, 0) AS reserved, coalesce(r.held, 0) AS held,
       coalesce(n.reserved, 0) AS expected_reserved, coalesce(n.held, 0) AS expected_held
FROM product p CROSS JOIN store s
LEFT JOIN reservation r ON r.product_id = p.id AND r.store_id = s.id
LEFT JOIN @should_count n ON n.product_id = p.id AND n.store_id = s.id
WHERE p.id IN @ids(products) AND s.remote = 0
  AND (r.product_id IS NULL OR r.reserved <> coalesce(n.reserved, 0) OR r.held <> coalesce(n.held, 0))
ORDER BY p.id, s.name

-- name: reconcile_availability
-- Availability rows that differ from the stock of the store's active warehouses, from what the items of the
-- store and of those that share with it count, or from their own terms. A row that agrees with the stored
-- reservations only repeats their drift, which is told already.
SELECT p.id AS product_id, s.name AS store, p.sku, CASE WHEN a.product_id IS NULL THEN 0 ELSE 1 END AS present,
       coalesce(a.stock, 0) AS stock, coalesce(a.reserved, 0) AS reserved, coalesce(a.held, 0) AS held,
       coalesce(a.available, 0) AS available, coalesce(a.never_out_of_stock, 0) AS never_out_of_stock,
       coalesce(a.spared, 0) AS spared, coalesce(a.lacking, 0) AS lacking,
       @beyond(a, @own_house(a)) AS expected_spared, @beyond(a, @any_house(a)) AS expected_lacking,
       coalesce(k.quantity, 0) AS expected_stock, @endless(a, coalesce(k.never_out_of_stock, 0)) AS expected_never_out_of_stock,
       CASE WHEN a.reserved = r.reserved THEN a.reserved ELSE coalesce(r.true_reserved, 0) END AS expected_reserved,
       CASE WHEN a.held = r.held THEN a.held ELSE coalesce(r.true_held, 0) END AS expected_held,
       @available(a, coalesce(a.stock, 0), coalesce(a.reserved, 0), coalesce(a.held, 0)) AS expected_available
FROM product p CROSS JOIN store s
LEFT JOIN availability a ON a.product_id = p.id AND a.store_id = s.id
LEFT JOIN @stocked(o.product_id IN @ids(products)) k
    ON k.product_id = p.id AND k.store_id = s.id
LEFT JOIN (SELECT o.product_id, peer.store_id, sum(o.reserved) AS reserved, sum(o.held) AS held,
                  sum(CASE WHEN e.remote = 1 THEN o.reserved ELSE coalesce(n.reserved, 0) END) AS true_reserved,
                  sum(CASE WHEN e.remote = 1 THEN o.held ELSE coalesce(n.held, 0) END) AS true_held
           FROM reservation o JOIN store e ON e.id = o.store_id
           JOIN @peers peer ON peer.other_id = o.store_id
           LEFT JOIN @should_count n ON n.product_id = o.product_id AND n.store_id = o.store_id
           WHERE o.product_id IN @ids(products) GROUP BY o.product_id, peer.store_id) r
    ON r.product_id = p.id AND r.store_id = s.id
WHERE p.id IN @ids(products)
  AND (a.product_id IS NULL OR a.stock <> coalesce(k.quantity, 0)
       OR a.never_out_of_stock <> @endless(a, coalesce(k.never_out_of_stock, 0))
       OR a.reserved <> coalesce(r.reserved, 0) AND a.reserved <> coalesce(r.true_reserved, 0)
       OR a.held <> coalesce(r.held, 0) AND a.held <> coalesce(r.true_held, 0)
       OR a.available <> @available(a, a.stock, a.reserved, a.held) OR @wrong_houses(a))
ORDER BY p.id, s.name

-- name: reconcile_abstracts
-- Abstract products whose row tells something else about being sellable than the sum over their concrete ones;
-- one of these stands for them. The amount itself is only written when that changes.
SELECT n.product_id, s.name AS store, g.sku, CASE WHEN b.abstract_id IS NULL THEN 0 ELSE 1 END AS present,
       coalesce(b.available, 0) AS available, coalesce(b.never_out_of_stock, 0) AS never_out_of_stock,
       CASE WHEN n.never_out_of_stock = 1 OR (b.available > 0) = (n.available > 0) THEN b.available
            ELSE n.available END AS expected_available,
       n.never_out_of_stock AS expected_never_out_of_stock
FROM (SELECT p.abstract_id, a.store_id, min(p.id) AS product_id, sum(a.available) AS available,
             max(a.never_out_of_stock) AS never_out_of_stock
      FROM product p JOIN availability a ON a.product_id = p.id
      WHERE p.abstract_id BETWEEN :first AND :last GROUP BY p.abstract_id, a.store_id) n
JOIN abstract_product g ON g.id = n.abstract_id JOIN store s ON s.id = n.store_id
LEFT JOIN abstract_availability b ON b.abstract_id = n.abstract_id AND b.store_id = n.store_id
WHERE b.abstract_id IS NULL OR b.never_out_of_stock <> n.never_out_of_stock
   OR n.never_out_of_stock = 0 AND (b.available > 0) <> (n.available > 0)
ORDER BY n.abstract_id, s.name

-- name: repair_items
-- Make the items of these products count what their state says.
UPDATE order_item SET
    counted_reserved = (SELECT @counts_reserved(t.reserved, order_item.quantity)
                        FROM process_state t WHERE t.id = order_item.state_id),
    counted_hold = (SELECT @holds(order_item, t) FROM process_state t WHERE t.id = order_item.state_id)
WHERE id IN
    (SELECT i.id FROM order_item i JOIN process_state t ON t.id = i.state_id
     WHERE i.product_id IN @ids(products)
       AND @miscounts(i, t))

-- name: repair_carts
-- Make the lines of carts of these products count what their hold says.
UPDATE cart_hold_line SET
    counted_hold = (SELECT @cart_holds(cart_hold_line, c) FROM cart_hold c WHERE c.id = cart_hold_line.hold_id),
    hold_until = (SELECT CASE WHEN c.ended_at IS NULL THEN c.hold_until END
                  FROM cart_hold c WHERE c.id = cart_hold_line.hold_id)
WHERE product_id IN @ids(products)
  AND EXISTS (SELECT 1 FROM cart_hold c WHERE c.id = cart_hold_line.hold_id AND @cart_miscounts(cart_hold_line, c))

-- name: repair_add_reservations
-- Reservation rows of these products that are missing.
INSERT INTO reservation (product_id, store_id)
SELECT p.id, s.id FROM product p CROSS JOIN store s WHERE p.id IN @ids(products)
ON CONFLICT (product_id, store_id) DO NOTHING

-- name: repair_add_availability
-- Availability rows of these products that are missing.
INSERT INTO availability (product_id, store_id)
SELECT p.id, s.id FROM product p CROSS JOIN store s WHERE p.id IN @ids(products)
ON CONFLICT (product_id, store_id) DO NOTHING

-- name: repair_add_abstracts
-- Availability rows of the abstract products of these products that are missing.
INSERT INTO abstract_availability (abstract_id, store_id)
SELECT DISTINCT p.abstract_id, s.id FROM product p CROSS JOIN store s WHERE p.id IN @ids(products)
ON CONFLICT (abstract_id, store_id) DO NOTHING

-- name: repair_collect
-- By how much the reservations of these products differ from what items and carts count (expected - stored).
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT r.product_id, r.store_id, coalesce(n.reserved, 0) - r.reserved, coalesce(n.held, 0) - r.held
FROM reservation r JOIN store s ON s.id = r.store_id AND s.remote = 0
LEFT JOIN (SELECT b.product_id, b.store_id, sum(b.reserved) AS reserved, sum(b.held) AS held
           FROM (SELECT i.product_id, i.store_id, i.counted_reserved AS reserved, i.counted_hold AS held
                 FROM order_item i WHERE i.product_id IN @ids(products)
                 UNION ALL
                 SELECT l.product_id, l.store_id, 0, l.counted_hold
                 FROM cart_hold_line l WHERE l.product_id IN @ids(products) AND l.counted_hold <> 0) b
           GROUP BY b.product_id, b.store_id) n
    ON n.product_id = r.product_id AND n.store_id = r.store_id
WHERE r.product_id IN @ids(products)
  AND (r.reserved <> coalesce(n.reserved, 0) OR r.held <> coalesce(n.held, 0))

-- name: repair_collect_there
-- By how much what is promised at single warehouses differs from what items and carts count there (expected - stored).
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT k.product_id, k.store_id, k.warehouse_id, sum(k.reserved), sum(k.held) FROM @both_there k
GROUP BY k.product_id, k.store_id, k.warehouse_id HAVING sum(k.reserved) <> 0 OR sum(k.held) <> 0
