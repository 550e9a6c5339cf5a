-- What can be had, and holds of orders whose time is over.

-- name: placement_warehouses
-- What these warehouses have of products, less what is promised there, by whatever store. Holds whose time is over at
-- :now are left out.
SELECT r.product AS product_id, r.store AS store_id, w.id AS warehouse_id, w.active,
       CASE WHEN l.store_id IS NULL THEN 0 ELSE 1 END AS serves,
       coalesce(k.never_out_of_stock, 0) AS never_out_of_stock,
       coalesce(k.quantity, 0) - coalesce((SELECT sum(@promised(q.reserved, q.held)) FROM warehouse_promise q
                                           WHERE q.product_id = r.product AND q.warehouse_id = w.id), 0)
           + coalesce((SELECT sum(b.counted_hold) FROM @named_over b
                       WHERE b.product_id = r.product AND b.warehouse_id = w.id), 0) AS free
FROM @records(named: product int, store int, warehouse int) r
JOIN warehouse w ON w.id = r.warehouse
LEFT JOIN store_warehouse l ON l.store_id = r.store AND l.warehouse_id = w.id
LEFT JOIN stock k ON k.product_id = r.product AND k.warehouse_id = w.id

-- name: never_counted
-- Which of these products no active warehouse of the store has ever counted.
SELECT r.product, r.store FROM @records(pairs: product int, store int) r
WHERE NOT EXISTS (SELECT 1 FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                  JOIN store_warehouse l ON l.warehouse_id = w.id AND l.store_id = r.store
                  WHERE k.product_id = r.product)

-- name: any_expiring_hold
-- Whether any hold ends by time at all.
SELECT id FROM order_item WHERE hold_until IS NOT NULL LIMIT 1

-- name: expired_holds
-- Holds whose time is over, the oldest ones. Their items are locked by id, as everywhere.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM order_item i WHERE @hold_is_over(i) AND i.id IN
    (SELECT e.id FROM order_item e WHERE @hold_is_over(e) ORDER BY e.hold_until, e.id LIMIT :size)
ORDER BY i.id @lock(i)

-- name: expired_holds_of
-- Holds of these products whose time is over, the oldest ones.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM order_item i WHERE @hold_is_over(i) AND i.id IN
    (SELECT e.id FROM order_item e WHERE @hold_is_over(e) AND e.product_id + 0 IN @ids(products)
     ORDER BY e.hold_until, e.id LIMIT :size)
ORDER BY i.id @lock(i)

-- name: products_with_expired_holds
-- Which of these products have holds whose time is over, of orders or of carts.
SELECT i.product_id + 0 AS product_id FROM order_item i WHERE @hold_is_over(i) AND i.product_id + 0 IN @ids(products)
UNION
SELECT i.product_id FROM cart_hold_line i WHERE @hold_is_over(i) AND i.product_id + 0 IN @ids(products)
ORDER BY 1

-- name: collect_hold_delta
-- By how much the hold changes when the working set's holds end.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, 0, -sum(counted_hold) FROM moving
WHERE counted_hold <> 0 GROUP BY product_id, store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET held = pair_delta.held + excluded.held

-- name: collect_named_holds
-- By how much what is held at single warehouses changes when the working set's holds end.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT product_id, store_id, warehouse_id, 0, -sum(counted_hold) FROM moving
WHERE counted_hold <> 0 AND warehouse_id IS NOT NULL GROUP BY product_id, store_id, warehouse_id

-- name: end_holds
-- End the holds of the working set.
UPDATE order_item SET counted_hold = 0, hold_until = NULL, last_run_id = :run
WHERE id IN @group
