-- Groups of warehouses and of stores, as the rules tell of them.

-- name: put_sharing_rules
-- Keep the section of the rules that is applied.
INSERT INTO sharing_rules (id, rules, applied_at) VALUES (1, :rules, :now)
ON CONFLICT (id) DO UPDATE SET rules = excluded.rules, applied_at = excluded.applied_at

-- name: put_warehouse_groups
-- Add warehouse groups, and change those that are there.
INSERT INTO warehouse_group (name, strategy) SELECT r.name, r.strategy FROM @records(groups: name text, strategy text) r
WHERE true ON CONFLICT (name) DO UPDATE SET strategy = excluded.strategy

-- name: put_channel_groups
-- Add channel groups, and change those that are there.
INSERT INTO channel_group (name, warehouse_group_id, position, weight, threshold)
SELECT r.name, w.id, r.position, r.weight, r.threshold
FROM @records(groups: name text, pool text, position int, weight int, threshold int) r
JOIN warehouse_group w ON w.name = r.pool WHERE true
ON CONFLICT (name) DO UPDATE SET warehouse_group_id = excluded.warehouse_group_id, position = excluded.position,
    weight = excluded.weight, threshold = excluded.threshold

-- name: put_warehouse_members
-- The group of every warehouse; NULL of those in none.
UPDATE warehouse SET group_id =
    (SELECT g.id FROM @records(members: name text, in_group text) r JOIN warehouse_group g ON g.name = r.in_group
     WHERE r.name = warehouse.name)

-- name: put_channel_members
-- The channel group of every store; NULL of those in none.
UPDATE store SET channel_group_id =
    (SELECT g.id FROM @records(members: name text, in_group text) r JOIN channel_group g ON g.name = r.in_group
     WHERE r.name = store.name)

-- name: drop_channel_groups
-- The channel groups that are not named any more.
DELETE FROM channel_group WHERE name NOT IN @texts(names)

-- name: drop_warehouse_groups
-- The warehouse groups that are not named any more.
DELETE FROM warehouse_group WHERE name NOT IN @texts(names)

-- name: drop_allotments
-- The allotments of channel groups that are no more.
DELETE FROM allotment WHERE channel_group_id NOT IN (SELECT g.id FROM channel_group g)

-- name: drop_channel_demand
-- The demand of channel groups that are no more.
DELETE FROM channel_demand WHERE channel_group_id NOT IN (SELECT g.id FROM channel_group g)

-- name: clear_channel_demand
-- Forget what was measured.
DELETE FROM channel_demand

-- name: measure_channel_demand
-- What was ordered since a time in each channel group.
INSERT INTO channel_demand (product_id, channel_group_id, quantity)
SELECT i.product_id, s.channel_group_id, sum(i.quantity)
FROM sales_order o CROSS JOIN order_item i CROSS JOIN store s
WHERE i.order_id = o.id AND s.id = i.store_id AND o.placed_at > :since AND s.channel_group_id IS NOT NULL GROUP BY i.product_id, s.channel_group_id
