-- Holds of carts, for people and programs.

-- name: cart_hold_by_reference
-- The cart hold with a reference.
SELECT c.id FROM cart_hold c WHERE c.reference = :reference

-- name: cart_hold_ids
-- The newest cart holds before an id, of a store, and of a status: 'held' and 'expired' follow from the time.
SELECT c.id FROM cart_hold c
WHERE c.id < :before AND (CAST(:store AS BIGINT) IS NULL OR c.store_id = :store)
  AND (CAST(:status AS TEXT) IS NULL
       OR coalesce(c.outcome, CASE WHEN c.hold_until <= :now THEN 'expired' ELSE 'held' END) = :status)
ORDER BY c.id DESC LIMIT :size

-- name: cart_holds_shown
-- These cart holds, the newest first, with the order that each has become.
SELECT c.id, c.reference, s.name AS store, c.taken_at, c.hold_until, c.ended_at, c.outcome,
       @order_called(c.order_id) AS order_reference
FROM cart_hold c JOIN store s ON s.id = c.store_id
WHERE c.id IN @ids(holds) ORDER BY c.id DESC

-- name: cart_lines_shown
-- The lines of these cart holds.
SELECT l.hold_id, p.sku, l.quantity, w.name AS warehouse
FROM cart_hold_line l JOIN product p ON p.id = l.product_id LEFT JOIN warehouse w ON w.id = l.warehouse_id
WHERE l.hold_id IN @ids(holds) ORDER BY l.hold_id, l.line

-- name: view_first_carts
-- The oldest cart holds behind what is held of products in a store and in those that share with it, how many there
-- are, and how much they hold; without those whose time is over.
SELECT f.product_id, f.store_id, c.reference, f.carts, f.held
FROM (SELECT i.product_id, i.store_id, i.hold_id,
             count(*) OVER (PARTITION BY i.product_id, i.store_id) AS carts,
             sum(sum(@live_hold(i))) OVER (PARTITION BY i.product_id, i.store_id) AS held,
             row_number() OVER (PARTITION BY i.product_id, i.store_id ORDER BY i.hold_id) AS place
      FROM cart_hold_line i
      WHERE i.product_id IN @ids(products) AND i.counted_hold <> 0 AND @live_hold(i) <> 0
        AND @peer(i.store_id, :store)
      GROUP BY i.product_id, i.store_id, i.hold_id) f
JOIN cart_hold c ON c.id = f.hold_id
WHERE f.place <= :most ORDER BY f.product_id, f.store_id, f.place

-- name: view_shortfall_carts
-- How many carts hold pieces behind each shortfall, those of the stores that share included.
SELECT n.product_id, n.store_id, count(DISTINCT i.hold_id) AS carts
FROM @shortfalls n JOIN @peers q ON q.store_id = n.store_id
JOIN cart_hold_line i ON i.product_id = n.product_id AND i.store_id = q.other_id
WHERE i.counted_hold <> 0 AND @live_hold(i) <> 0
GROUP BY n.product_id, n.store_id
