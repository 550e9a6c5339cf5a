-- The names that orders use, as they are kept in memory.

-- name: names_version
-- What differs after every change of a name that orders use.
SELECT coalesce(max(version), 0) AS version FROM names_version

-- name: names_changed
-- A name that orders use was changed. A time, so that no version comes back with a restored backup.
INSERT INTO names_version (id, version) VALUES (1, :now)
ON CONFLICT (id) DO UPDATE
SET version = CASE WHEN excluded.version > names_version.version THEN excluded.version ELSE names_version.version + 1 END

-- name: stores
-- All stores.
SELECT id, name, remote, active FROM store ORDER BY name

-- macro: named_products(names)
-- The concrete products that have these skus (name), or had them before they were renamed, with the sku of now.
(SELECT p.id, p.sku AS name, p.sku, p.unit_id, p.withdrawn FROM product p WHERE p.sku IN @texts({names})
 UNION ALL
 SELECT p.id, a.sku, p.sku, p.unit_id, p.withdrawn FROM product_alias a JOIN product p ON p.id = a.product_id
 WHERE a.sku IN @texts({names}))

-- name: products_named
-- Concrete products by sku, also by one of before.
SELECT n.id, n.name, n.sku, n.unit_id, n.withdrawn FROM @named_products(names) n

-- name: products_from
-- The next concrete products by sku, from one on.
SELECT id, sku AS name, sku, unit_id, withdrawn FROM product WHERE sku >= :name ORDER BY sku LIMIT :size

-- name: units
-- All units; at most one is the default one.
SELECT id, name, step, is_default FROM unit ORDER BY name

-- macro: unit_of(p)
-- The id of a product's unit: its own, or the default one. NULL where there is neither.
coalesce({p}.unit_id, (SELECT d.id FROM unit d WHERE d.is_default = 1))

-- name: sharing
-- Which stores share reservations.
SELECT store_id, other_id FROM store_sharing

-- name: warehouses
-- All warehouses, with what is chosen by where one ships.
SELECT id, name, active, type, latitude, longitude, priority FROM warehouse ORDER BY name

-- name: served_stores
-- Which warehouse serves which store.
SELECT warehouse_id, store_id FROM store_warehouse ORDER BY warehouse_id, store_id

-- name: order_listeners
-- Which messages of orders the sinks want that want any.
SELECT order_events FROM sink_position WHERE order_events <> 0

-- name: pooled_stores
-- The stores that sell from a warehouse group, each with its channel group and the warehouse group.
SELECT s.id AS store_id, s.channel_group_id, g.warehouse_group_id
FROM store s JOIN channel_group g ON g.id = s.channel_group_id ORDER BY s.id
