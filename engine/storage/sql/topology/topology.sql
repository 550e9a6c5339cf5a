-- Warehouses, stores, products, and what connects them.

-- name: topology_stores
-- Every store, whether it belongs to another database and is open, its organisation, and its channel group.
SELECT id, name, remote, organisation, channel_group_id, active FROM store

-- name: topology_links
-- Which warehouse serves which store.
SELECT store_id, warehouse_id FROM store_warehouse

-- name: topology_sharing
-- Which stores share reservations; both directions are stored, each pair is returned once.
SELECT store_id, other_id FROM store_sharing WHERE store_id < other_id

-- name: topology_moved
-- Concrete products that are stored under another abstract product than the one given.
SELECT p.sku, g.sku AS abstract_sku FROM @records(products: sku text, abstract_sku text) r
JOIN product p ON p.sku = r.sku JOIN abstract_product g ON g.id = p.abstract_id
WHERE g.sku <> r.abstract_sku

-- name: topology_last_ids
-- The highest ids before anything is added.
SELECT coalesce((SELECT max(id) FROM product), 0) AS product, coalesce((SELECT max(id) FROM store), 0) AS store,
       coalesce((SELECT max(id) FROM abstract_product), 0) AS abstract

-- name: topology_add_warehouses
-- Add warehouses that are not there yet, active and global unless told otherwise.
INSERT INTO warehouse (name, active, type)
SELECT r.name, coalesce(r.active, 1), coalesce(r.type, 'global')
FROM @records(warehouses: name text, active int, type text) r WHERE true
ON CONFLICT (name) DO NOTHING

-- name: topology_switch_warehouses
-- Change whether warehouses are active, and their types, where that is told.
UPDATE warehouse SET active = coalesce(r.active, warehouse.active), type = coalesce(r.type, warehouse.type)
FROM @records(warehouses: name text, active int, type text) r
WHERE warehouse.name = r.name
  AND (coalesce(r.active, warehouse.active) <> warehouse.active OR coalesce(r.type, warehouse.type) <> warehouse.type)

-- name: topology_set_places
-- Give warehouses these places and priorities, of those that are told (1); NULL is none.
UPDATE warehouse SET latitude = CASE WHEN r.placed = 1 THEN r.latitude ELSE warehouse.latitude END,
    longitude = CASE WHEN r.placed = 1 THEN r.longitude ELSE warehouse.longitude END,
    priority = CASE WHEN r.ranked = 1 THEN r.priority ELSE warehouse.priority END
FROM @records(warehouses: name text, placed int, latitude int, longitude int, ranked int, priority int) r
WHERE warehouse.name = r.name
  AND (r.placed = 1 AND (coalesce(warehouse.latitude, -999000000) <> coalesce(r.latitude, -999000000)
                         OR coalesce(warehouse.longitude, -999000000) <> coalesce(r.longitude, -999000000))
       OR r.ranked = 1 AND coalesce(warehouse.priority, -1) <> coalesce(r.priority, -1))

-- name: topology_add_stores
-- Add stores that are not there yet, of this database and open unless told otherwise.
INSERT INTO store (name, remote, active)
SELECT r.name, coalesce(r.remote, 0), coalesce(r.active, 1)
FROM @records(stores: name text, remote int, active int) r WHERE true
ON CONFLICT (name) DO NOTHING

-- name: topology_switch_stores
-- Change whether stores belong to another database, and whether they are open, where that is told.
UPDATE store SET remote = coalesce(r.remote, store.remote), active = coalesce(r.active, store.active)
FROM @records(stores: name text, remote int, active int) r
WHERE store.name = r.name
  AND (coalesce(r.remote, store.remote) <> store.remote OR coalesce(r.active, store.active) <> store.active)

-- name: topology_set_organisations
-- Give stores these organisations; NULL is none.
UPDATE store SET organisation = r.organisation FROM @records(stores: name text, organisation text) r
WHERE store.name = r.name AND coalesce(store.organisation, '') <> coalesce(r.organisation, '')

-- name: topology_add_categories
-- Add categories that are not there yet, at the top.
INSERT INTO category (name) SELECT r.value FROM @texts(names) r WHERE true ON CONFLICT (name) DO NOTHING

-- name: topology_set_parents
-- Put categories below these others; NULL is at the top.
UPDATE category SET parent_id = r.parent_id
FROM (SELECT t.name, o.id AS parent_id FROM @records(categories: name text, parent text) t
      LEFT JOIN category o ON o.name = t.parent) r
WHERE category.name = r.name AND coalesce(category.parent_id, 0) <> coalesce(r.parent_id, 0)

-- name: topology_set_product_categories
-- Put abstract products into these categories; NULL is none.
UPDATE abstract_product SET category_id = r.category_id
FROM (SELECT t.sku, o.id AS category_id FROM @records(products: sku text, category text) t
      LEFT JOIN category o ON o.name = t.category) r
WHERE abstract_product.sku = r.sku AND coalesce(abstract_product.category_id, 0) <> coalesce(r.category_id, 0)

-- name: topology_drop_links
-- Warehouses that no longer serve a store.
DELETE FROM store_warehouse WHERE (store_id, warehouse_id) IN
    (SELECT r.store_id, r.warehouse_id FROM @records(links: store_id int, warehouse_id int) r)

-- name: topology_add_links
-- Warehouses that now serve a store.
INSERT INTO store_warehouse (store_id, warehouse_id)
SELECT r.store_id, r.warehouse_id FROM @records(links: store_id int, warehouse_id int) r

-- name: topology_drop_sharing
-- Stores that no longer share reservations; both directions are given.
DELETE FROM store_sharing WHERE (store_id, other_id) IN
    (SELECT r.store_id, r.other_id FROM @records(pairs: store_id int, other_id int) r)

-- name: topology_add_sharing
-- Stores that now share reservations; both directions are given.
INSERT INTO store_sharing (store_id, other_id)
SELECT r.store_id, r.other_id FROM @records(pairs: store_id int, other_id int) r

-- name: topology_both_kinds
-- Skus of concrete products that an abstract one has already (abstract 1), and the other way round (abstract 0), also
-- those of before.
SELECT g.sku, 1 AS abstract FROM abstract_product g WHERE g.sku IN @texts(concretes)
UNION ALL SELECT n.name, 0 AS abstract FROM @named_products(abstracts) n

-- name: topology_put_abstracts
-- Add abstract products that are not there yet.
INSERT INTO abstract_product (sku) SELECT r.value FROM @texts(skus) r WHERE true ON CONFLICT (sku) DO NOTHING

-- name: topology_put_products
-- Add concrete products that are not there yet, with their own units where they have one.
INSERT INTO product (sku, abstract_id, unit_id)
SELECT r.sku, g.id, u.id FROM @records(products: sku text, abstract_sku text, unit text) r
JOIN abstract_product g ON g.sku = r.abstract_sku LEFT JOIN unit u ON u.name = r.unit WHERE true
ON CONFLICT (sku) DO NOTHING

-- name: topology_put_units
-- Add units, and change those that are there.
INSERT INTO unit (name, step) SELECT r.name, r.step FROM @records(units: name text, step int) r WHERE true
ON CONFLICT (name) DO UPDATE SET step = excluded.step WHERE unit.step <> excluded.step

-- name: topology_set_default_unit
-- The unit of this name is the default one; the empty name is that of none.
UPDATE unit SET is_default = CASE WHEN name = :name THEN 1 ELSE 0 END
WHERE is_default <> CASE WHEN name = :name THEN 1 ELSE 0 END

-- name: topology_set_units
-- Give products these units; to be without one means the default one.
UPDATE product SET unit_id = r.unit_id
FROM (SELECT t.sku, u.id AS unit_id FROM @records(products: sku text, unit text) t LEFT JOIN unit u ON u.name = t.unit) r
WHERE product.sku = r.sku AND coalesce(product.unit_id, 0) <> coalesce(r.unit_id, 0)

-- macro: too_fine(coarse)
-- Quantities that are finer than the unit of their product, of such products with the step of their unit: of stock, of
-- items that reserve, hold or may come to, of carts that hold, and of rows that an import has still to store.
(
    SELECT 'stock' AS kind, w.name AS place, c.sku, c.unit, c.step, k.quantity
    FROM {coarse} c JOIN stock k ON k.product_id = c.product_id AND k.quantity % c.step <> 0
    JOIN warehouse w ON w.id = k.warehouse_id
    UNION ALL
    SELECT 'order', o.reference, c.sku, c.unit, c.step, i.quantity
    FROM item_state s JOIN order_item i ON i.id = s.item_id
    JOIN {coarse} c ON c.product_id = i.product_id AND i.quantity % c.step <> 0 JOIN sales_order o ON o.id = i.order_id
    WHERE s.state_id IN @live_states
    UNION ALL
    SELECT 'cart', h.reference, c.sku, c.unit, c.step, l.quantity
    FROM cart_hold h JOIN cart_hold_line l ON l.hold_id = h.id
    JOIN {coarse} c ON c.product_id = l.product_id AND l.quantity % c.step <> 0 WHERE h.ended_at IS NULL
    UNION ALL
    SELECT 'import', m.file, c.sku, c.unit, c.step, g.quantity
    FROM stock_import m JOIN stock_staging g ON g.import_id = m.id AND g.done = 0
    JOIN {coarse} c ON c.product_id = g.product_id AND g.quantity % c.step <> 0 WHERE m.finished_at IS NULL)

-- name: topology_too_fine
-- Quantities that are finer than the unit of their product.
SELECT n.kind, n.place, n.sku, n.unit, n.step, n.quantity
FROM @too_fine((SELECT p.id AS product_id, p.sku, u.name AS unit, u.step
                FROM product p JOIN unit u ON u.id = @unit_of(p) AND u.step > 1)) n
ORDER BY n.kind, n.sku, n.place LIMIT :size

-- name: topology_add_reservations
-- The reservation rows of new products and of new stores.
INSERT INTO reservation (product_id, store_id) SELECT n.product_id, n.store_id FROM @new_pairs(:product, :store) n

-- name: topology_add_availability
-- The availability rows of new products and of new stores: nothing is sold (2) of what is withdrawn, and of a closed store.
INSERT INTO availability (product_id, store_id, selling)
SELECT n.product_id, n.store_id, CASE WHEN n.offered = 1 THEN 0 ELSE 2 END FROM @new_pairs(:product, :store) n

-- name: topology_add_abstracts
-- The availability rows of new abstract products and of new stores.
INSERT INTO abstract_availability (abstract_id, store_id)
SELECT g.id, s.id FROM abstract_product g CROSS JOIN store s
WHERE g.id > :abstract OR s.id > :store

-- macro: new_pairs(product, store)
-- Every (product, store) of which one was added since these were the highest ids: no table has a row for it yet.
(SELECT p.id AS product_id, s.id AS store_id, CASE WHEN p.withdrawn = 0 AND s.active = 1 THEN 1 ELSE 0 END AS offered
 FROM product p CROSS JOIN store s WHERE p.id > {product} OR s.id > {store})

-- name: topology_affected
-- The next abstract products that have stock in one of these warehouses or are reserved in one of these
-- stores: their availability may change with the topology.
SELECT DISTINCT p.abstract_id FROM product p
WHERE p.abstract_id > :after
  AND (EXISTS (SELECT 1 FROM stock k WHERE k.product_id = p.id AND k.warehouse_id IN @ids(warehouses))
       OR EXISTS (SELECT 1 FROM reservation r WHERE r.product_id = p.id AND r.store_id IN @ids(stores)
                  AND (r.reserved <> 0 OR r.held <> 0)))
ORDER BY p.abstract_id LIMIT :size

-- name: topology_products_of
-- The concrete products of these abstract ones.
SELECT id FROM product WHERE abstract_id IN @ids(abstracts) ORDER BY id

-- name: exchange_begin
-- This database is somebody to others from now on, unless it is already.
INSERT INTO exchange_self (id, origin, epoch) VALUES (1, :origin, :now) ON CONFLICT (id) DO NOTHING
