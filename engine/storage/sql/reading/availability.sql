-- What can be sold, with every term of the sum.

-- name: view_store
-- A store by its name.
SELECT id, name FROM store WHERE name = :store

-- name: view_concretes
-- The concrete products behind skus, also behind ones of before; a sku that is both concrete and abstract is the concrete
-- one.
SELECT n.name AS asked, 0 AS abstract, n.id, n.sku FROM @named_products(skus) n
UNION ALL
SELECT r.value, 1, p.id, p.sku FROM @texts(skus) r JOIN abstract_product g ON g.sku = r.value
JOIN product p ON p.abstract_id = g.id
WHERE NOT EXISTS (SELECT 1 FROM product c WHERE c.sku = r.value)
ORDER BY 1, 3

-- name: view_availability
-- The availability of products in a store, and what is promised above the stock: by the store itself against its
-- own warehouses, by it and those that share with it against all of theirs. Holds whose time is over are left out. A
-- store of another database is short there, if it is.
SELECT n.product_id, n.stock, n.reserved, n.held - n.over AS held,
       @available(n, n.stock, n.reserved, n.held - n.over, n.spared) AS available, n.never_out_of_stock, n.option_set_id,
       n.selling, n.kept, @spared(n) AS spared,
       CASE WHEN EXISTS (SELECT 1 FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                         JOIN store_warehouse l ON l.warehouse_id = w.id AND l.store_id = :store
                         WHERE k.product_id = n.product_id) THEN 1 ELSE 0 END AS counted,
       CASE WHEN EXISTS (SELECT 1 FROM store e WHERE e.id = :store AND e.remote = 1) THEN 0
            ELSE @short(n) END AS shortfall
FROM (SELECT a.product_id, a.stock, a.reserved, a.held, a.selling, a.kept, a.option_set_id, coalesce(o.over, 0) AS over,
             @spared_now(a, coalesce(o.over, 0)) AS spared,
             @promises(a, r, coalesce(o.own_over, 0), coalesce(o.over, 0), @lacking_now(a, coalesce(o.over, 0)))
      FROM availability a JOIN reservation r ON r.product_id = a.product_id AND r.store_id = a.store_id
      LEFT JOIN @over_promises(i.product_id + 0 IN @ids(products)) o
          ON o.product_id = a.product_id AND o.store_id = a.store_id
      WHERE a.store_id = :store AND a.product_id IN @ids(products)) n

-- name: view_shortfalls
-- Every product and store with a shortfall, with the terms of the sum.
SELECT n.product_id, n.store_id, p.sku, s.name AS store, n.stock, n.reserved, n.held, n.shortfall
FROM @shortfalls n JOIN product p ON p.id = n.product_id JOIN store s ON s.id = n.store_id
ORDER BY s.name, p.sku

-- name: view_shortfall_orders
-- The newest orders behind each shortfall, those of the stores that share included, and how many there are in all.
SELECT f.product_id, f.store_id, o.reference, s.name AS store, f.items, f.reserved, f.held, f.orders
FROM (SELECT n.product_id, n.store_id, i.order_id, i.store_id AS of_store, count(*) AS items,
             sum(i.counted_reserved) AS reserved, sum(@live_hold(i)) AS held,
             count(*) OVER (PARTITION BY n.product_id, n.store_id) AS orders,
             row_number() OVER (PARTITION BY n.product_id, n.store_id ORDER BY i.order_id DESC) AS place
      FROM @shortfalls n JOIN @peers q ON q.store_id = n.store_id
      JOIN order_item i ON i.product_id = n.product_id AND i.store_id = q.other_id
      WHERE i.counted_reserved <> 0 OR @live_hold(i) <> 0
      GROUP BY n.product_id, n.store_id, i.order_id, i.store_id) f
JOIN sales_order o ON o.id = f.order_id JOIN store s ON s.id = f.of_store
WHERE f.place <= :most ORDER BY f.product_id, f.store_id, f.place

-- name: view_stock
-- The stock of products per warehouse, whether it counts for the store, when it was counted, and in which unit.
SELECT k.product_id, k.warehouse_id, w.name AS warehouse, w.active, k.quantity, k.never_out_of_stock,
       @counted_at(k, w) AS counted_at, u.name AS unit, u.step,
       CASE WHEN l.store_id IS NULL THEN 0 ELSE 1 END AS serves
FROM stock k JOIN warehouse w ON w.id = k.warehouse_id
JOIN product p ON p.id = k.product_id LEFT JOIN unit u ON u.id = @unit_of(p)
LEFT JOIN store_warehouse l ON l.warehouse_id = k.warehouse_id AND l.store_id = :store
WHERE k.product_id IN @ids(products) ORDER BY k.product_id, w.name

-- name: view_there
-- What the store and the stores that share with it promise of products at single warehouses, and what each of these has
-- for the store; without holds whose time is over. Where stock is divided between channel groups, none.
SELECT p.product_id, w.name AS warehouse, @promised(sum(q.reserved), sum(q.held) - @over_there(p, :now)) AS promised,
       coalesce((SELECT k.quantity FROM stock k
                 WHERE k.product_id = p.product_id AND k.warehouse_id = w.id AND w.active = 1 AND EXISTS
                     (SELECT 1 FROM store_warehouse l WHERE l.warehouse_id = w.id AND @own_house(p))), 0) AS stock
FROM (SELECT t.value AS product_id, s.id AS store_id FROM @ids(products) t CROSS JOIN store s
      WHERE s.id = :store AND s.channel_group_id IS NULL) p
JOIN warehouse_promise q ON q.product_id = p.product_id AND @peer(q.store_id, p.store_id)
JOIN warehouse w ON w.id = q.warehouse_id
WHERE q.reserved <> 0 OR q.held <> 0
GROUP BY p.product_id, p.store_id, q.warehouse_id, w.id, w.name, w.active
HAVING sum(q.reserved) + sum(q.held) - @over_there(p, :now) <> 0 ORDER BY p.product_id, w.name

-- name: view_stock_page
-- The next rows of stock after one, by product and warehouse; of one warehouse, unless it is 0.
SELECT k.product_id, k.warehouse_id, p.sku, w.name AS warehouse, w.active, k.quantity, k.never_out_of_stock,
       @counted_at(k, w) AS counted_at, u.name AS unit, u.step
FROM stock k JOIN product p ON p.id = k.product_id JOIN warehouse w ON w.id = k.warehouse_id
LEFT JOIN unit u ON u.id = @unit_of(p)
WHERE (k.product_id, k.warehouse_id) > (:product, :place) AND (:warehouse = 0 OR k.warehouse_id = :warehouse)
ORDER BY k.product_id, k.warehouse_id LIMIT :size

-- name: view_reservations
-- What the store and the stores that share with it reserve and hold of products; without holds whose time is over.
SELECT r.product_id, s.id AS store_id, s.name AS store, s.remote, r.reserved, r.held - coalesce(o.held, 0) AS held
FROM reservation r JOIN store s ON s.id = r.store_id
LEFT JOIN @over_holds(i.product_id + 0 IN @ids(products)) o ON o.product_id = r.product_id AND o.store_id = r.store_id
WHERE r.product_id IN @ids(products)
  AND @peer(r.store_id, :store)
ORDER BY r.product_id, CASE WHEN r.store_id = :store THEN 0 ELSE 1 END, s.name

-- name: view_counting_items
-- The items that count, per product, store, process and state: how many and how much.
SELECT i.product_id, i.store_id, i.state_id, q.name AS process, t.name AS state,
       count(*) FILTER (WHERE i.counted_reserved <> 0) AS reserved_items, sum(i.counted_reserved) AS reserved,
       count(*) FILTER (WHERE @live_hold(i) <> 0) AS held_items, sum(@live_hold(i)) AS held
FROM order_item i JOIN process_state t ON t.id = i.state_id JOIN process_version v ON v.id = t.version_id
JOIN process q ON q.id = v.process_id
WHERE i.product_id IN @ids(products) AND (i.counted_reserved <> 0 OR @live_hold(i) <> 0)
  AND @peer(i.store_id, :store)
GROUP BY i.product_id, i.store_id, i.state_id, q.name, t.name
ORDER BY i.product_id, i.store_id, q.name, t.name

-- name: view_first_orders
-- The oldest orders behind each group of items that count.
SELECT f.product_id, f.store_id, f.state_id, o.reference
FROM (SELECT i.product_id, i.store_id, i.state_id, i.order_id, min(i.id) AS item_id,
             row_number() OVER (PARTITION BY i.product_id, i.store_id, i.state_id ORDER BY min(i.id)) AS place
      FROM order_item i
      WHERE i.product_id IN @ids(products) AND (i.counted_reserved <> 0 OR @live_hold(i) <> 0)
        AND @peer(i.store_id, :store)
      GROUP BY i.product_id, i.store_id, i.state_id, i.order_id) f
JOIN sales_order o ON o.id = f.order_id
WHERE f.place <= :most ORDER BY f.product_id, f.store_id, f.state_id, f.place
