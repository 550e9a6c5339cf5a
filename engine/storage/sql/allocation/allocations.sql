-- Which warehouse ships an item, and what warehouses have left to ship.

-- name: warehouses_left
-- What the active warehouses have left of these products, and whether they never run out of them. Holds whose time is
-- over at :now are left out.
SELECT k.product_id, k.warehouse_id, CAST(k.quantity - coalesce(q.promised, 0) + coalesce(o.held, 0) AS bigint) AS free,
       k.never_out_of_stock
FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
LEFT JOIN (SELECT p.product_id, p.warehouse_id, sum(@promised(p.reserved, p.held)) AS promised FROM warehouse_promise p
           WHERE p.product_id IN @ids(products) GROUP BY p.product_id, p.warehouse_id) q
    ON q.product_id = k.product_id AND q.warehouse_id = k.warehouse_id
LEFT JOIN (SELECT b.product_id, b.warehouse_id, sum(b.counted_hold) AS held FROM @named_over b
           GROUP BY b.product_id, b.warehouse_id) o ON o.product_id = k.product_id AND o.warehouse_id = k.warehouse_id
WHERE k.product_id IN @ids(products)
  AND (k.never_out_of_stock = 1 OR k.quantity - coalesce(q.promised, 0) + coalesce(o.held, 0) > 0)

-- name: insert_allocations
-- Keep which warehouses were chosen for items.
INSERT INTO allocation (item_id, warehouse_id, quantity, at, cause, reason, actor)
SELECT r.item, r.warehouse, r.quantity, :now, :cause, r.reason, CAST(:actor AS text)
FROM @records(rows: item int, warehouse int, quantity int, reason text) r

-- name: rejections_of
-- The warehouses that have rejected these items, or the ones that they were split from.
SELECT i.id, a.warehouse_id FROM order_item i JOIN allocation a ON a.item_id = i.id
WHERE i.id IN @ids(items) AND a.rejected_at IS NOT NULL AND a.warehouse_id IS NOT NULL
UNION
SELECT i.id, a.warehouse_id FROM order_item i JOIN allocation a ON a.item_id = i.split_from
WHERE i.id IN @ids(items) AND a.rejected_at IS NOT NULL AND a.warehouse_id IS NOT NULL
ORDER BY 1, 2
