-- How products are shared between channel groups.

-- name: view_shared_product
-- A concrete product by its sku, or by one of before.
SELECT n.id, n.sku FROM @named_products(skus) n

-- name: view_channel_stores
-- The stores of every channel group.
SELECT s.channel_group_id, s.id AS store_id, s.name AS store FROM store s
WHERE s.channel_group_id IS NOT NULL ORDER BY s.name

-- name: view_allotments
-- What each channel group may promise of these products, and what its stores have promised together. Holds whose time is
-- over are left out.
SELECT t.value AS product_id, w.id AS warehouse_group_id, w.name AS warehouse_group, w.strategy,
       g.id AS channel_group_id, g.name AS channel_group, g.weight, g.threshold,
       coalesce(m.quantity, 0) AS allotted, coalesce(m.balanced, 0) AS balanced,
       coalesce(p.reserved, 0) AS reserved, coalesce(p.held, 0) AS held
FROM @ids(products) t CROSS JOIN channel_group g JOIN warehouse_group w ON w.id = g.warehouse_group_id
LEFT JOIN allotment m ON m.product_id = t.value AND m.channel_group_id = g.id
LEFT JOIN (SELECT r.product_id, s.channel_group_id, CAST(sum(r.reserved) AS bigint) AS reserved,
                  CAST(sum(r.held - coalesce(o.held, 0)) AS bigint) AS held
           FROM reservation r JOIN store s ON s.id = r.store_id
           LEFT JOIN @over_holds(i.product_id + 0 IN @ids(products)) o
               ON o.product_id = r.product_id AND o.store_id = r.store_id
           WHERE r.product_id IN @ids(products) AND s.channel_group_id IS NOT NULL
           GROUP BY r.product_id, s.channel_group_id) p ON p.product_id = t.value AND p.channel_group_id = g.id
ORDER BY t.value, w.name, g.position

-- name: view_pooled_stock
-- What the warehouses of each group have of these products.
SELECT k.product_id, w.group_id AS warehouse_group_id, w.name AS warehouse, w.type, w.active, k.quantity,
       k.never_out_of_stock
FROM stock k JOIN warehouse w ON w.id = k.warehouse_id
WHERE k.product_id IN @ids(products) AND w.group_id IS NOT NULL ORDER BY k.product_id, w.name
