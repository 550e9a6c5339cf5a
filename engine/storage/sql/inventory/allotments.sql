-- Allotments: how much of a product each channel group may promise, of what the warehouses of its group have.

-- name: sharing_rules
-- The section of the rules that was applied last.
SELECT rules, applied_at FROM sharing_rules WHERE id = 1

-- name: channel_groups
-- Every channel group with its warehouse group, in the order in which they get what is left over.
SELECT g.id, g.name, g.warehouse_group_id, w.name AS warehouse_group, w.strategy, g.weight, g.threshold
FROM channel_group g JOIN warehouse_group w ON w.id = g.warehouse_group_id ORDER BY g.warehouse_group_id, g.position, g.id

-- name: balance_pools
-- What the warehouses of each linked group have of these products together, with the smallest quantity of those that have
-- a unit.
SELECT p.id AS product_id, w.group_id AS pool, sum(k.quantity) AS total, u.step
FROM @ids(products) t CROSS JOIN product p CROSS JOIN stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
LEFT JOIN unit u ON u.id = @unit_of(p)
WHERE p.id = t.value AND k.product_id = p.id
  AND w.group_id IN (SELECT g.warehouse_group_id FROM channel_group g)
GROUP BY p.id, w.group_id, u.step

-- name: balance_promised
-- What the stores of each channel group have promised of these products.
SELECT r.product_id, s.channel_group_id, @promised(sum(r.reserved), sum(r.held)) AS promised
FROM @ids(products) t CROSS JOIN reservation r JOIN store s ON s.id = r.store_id AND s.channel_group_id IS NOT NULL
WHERE r.product_id = t.value AND (r.reserved <> 0 OR r.held <> 0)
GROUP BY r.product_id, s.channel_group_id

-- name: balance_stored
-- The allotments of these products.
SELECT m.product_id, m.channel_group_id, m.quantity, m.balanced, m.trigger_level
FROM @ids(products) t CROSS JOIN allotment m WHERE m.product_id = t.value

-- name: balance_demand
-- What was ordered lately of these products, by channel group.
SELECT d.product_id, d.channel_group_id, d.quantity
FROM @ids(products) t CROSS JOIN channel_demand d WHERE d.product_id = t.value

-- name: balance_skus
-- The skus of these products.
SELECT id, sku FROM product WHERE id IN @ids(products)

-- name: balance_write
-- Write allotments where they are others than before.
INSERT INTO allotment (product_id, channel_group_id, quantity, balanced, trigger_level)
SELECT r.product, r.channels, r.quantity, r.balanced, r.trigger_level
FROM @records(rows: product int, channels int, quantity int, balanced int, trigger_level int) r WHERE true
ON CONFLICT (product_id, channel_group_id) DO UPDATE SET quantity = excluded.quantity, balanced = excluded.balanced,
    trigger_level = excluded.trigger_level
    WHERE allotment.quantity <> excluded.quantity OR allotment.balanced <> excluded.balanced
       OR allotment.trigger_level <> excluded.trigger_level

-- name: balance_refresh
-- What stores of channel groups have of these products is their group's allotment.
INSERT INTO availability (product_id, store_id, stock)
SELECT t.value, s.id, coalesce(m.quantity, 0) FROM @ids(products) t CROSS JOIN store s
LEFT JOIN allotment m ON m.product_id = t.value AND m.channel_group_id = s.channel_group_id
WHERE s.channel_group_id IS NOT NULL
ON CONFLICT (product_id, store_id) DO UPDATE SET stock = excluded.stock,
    available = @available(availability, excluded.stock, availability.reserved, availability.held)
    WHERE availability.stock <> excluded.stock

-- name: balance_touched
-- The products of the locked rows.
SELECT DISTINCT product_id FROM touched

-- name: balance_due
-- The products that are to be balanced: a channel group has come down to its trigger level or promises more than it
-- may; or one has got something back while another one of its warehouse group can sell nothing.
SELECT DISTINCT t.product_id
FROM touched t CROSS JOIN availability a JOIN store s ON s.id = a.store_id AND s.channel_group_id IS NOT NULL
LEFT JOIN allotment m ON m.product_id = a.product_id AND m.channel_group_id = s.channel_group_id
WHERE a.product_id = t.product_id AND a.store_id = t.store_id
  AND (a.stock - @promised(a.reserved, a.held) <= coalesce(m.trigger_level, -1)
         AND (a.available < t.available OR a.reserved + a.held - a.stock > t.shortfall)
       OR a.available > t.available AND EXISTS
         (SELECT 1 FROM channel_group g JOIN channel_group h ON h.warehouse_group_id = g.warehouse_group_id AND h.id <> g.id
          JOIN store o ON o.channel_group_id = h.id
          JOIN availability b ON b.product_id = a.product_id AND b.store_id = o.id AND b.available = 0
          WHERE g.id = s.channel_group_id))
ORDER BY t.product_id

-- name: balance_next
-- The next products after an id.
SELECT id FROM product WHERE id > :after ORDER BY id LIMIT :size
