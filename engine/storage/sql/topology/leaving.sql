-- Products, stores and warehouses that leave the shop, and products that get another name.

-- name: topology_aliases
-- Every name of before, with that of now.
SELECT a.sku AS name, p.sku FROM product_alias a JOIN product p ON p.id = a.product_id

-- name: offered_sets
-- The sets of option values that these products, or any product in these stores, have.
SELECT DISTINCT a.option_set_id FROM availability a
WHERE a.product_id IN @ids(products) OR a.store_id IN @ids(stores)

-- name: offer
-- These products, or all products in these stores, are sold as the sets of their option values say; nothing is sold (2)
-- of a product that is withdrawn, and in a store that is closed.
UPDATE availability SET selling = n.selling, kept = n.kept
FROM (SELECT a.product_id, a.store_id,
             CASE WHEN p.withdrawn = 0 AND s.active = 1 THEN t.selling ELSE 2 END AS selling,
             CASE WHEN p.withdrawn = 0 AND s.active = 1 THEN t.kept ELSE 0 END AS kept
      FROM availability a JOIN product p ON p.id = a.product_id JOIN store s ON s.id = a.store_id
      JOIN @records(sets: option_set int, selling int, kept int) t ON t.option_set = coalesce(a.option_set_id, 0)
      WHERE a.product_id IN @ids(products) OR a.store_id IN @ids(stores)) n
WHERE availability.product_id = n.product_id AND availability.store_id = n.store_id
  AND (availability.selling <> n.selling OR availability.kept <> n.kept)

-- name: offered_products
-- The next abstract products.
SELECT id FROM abstract_product WHERE id > :after ORDER BY id LIMIT :size

-- name: leaving_product
-- A product by its sku, or by one of before.
SELECT n.id, n.sku, n.withdrawn, p.abstract_id FROM @named_products(skus) n JOIN product p ON p.id = n.id

-- name: leaving_items
-- The live items of a product, store by store.
SELECT s.id AS store_id, s.name AS store, count(*) AS items, sum(i.counted_reserved) AS reserved,
       sum(@live_hold(i)) AS held
FROM order_item i JOIN store s ON s.id = i.store_id
WHERE i.product_id = :product AND i.state_id IN @live_states GROUP BY s.id, s.name ORDER BY s.name

-- name: leaving_orders
-- The first orders with live items of a product, store by store.
SELECT m.store_id, m.reference
FROM (SELECT d.store_id, o.reference, row_number() OVER (PARTITION BY d.store_id ORDER BY o.id) AS place
      FROM (SELECT DISTINCT i.store_id, i.order_id FROM order_item i
            WHERE i.product_id = :product AND i.state_id IN @live_states) d
      JOIN sales_order o ON o.id = d.order_id) m
WHERE m.place <= :size ORDER BY m.store_id, m.place

-- name: leaving_carts
-- The carts that hold a product, store by store.
SELECT s.id AS store_id, s.name AS store, c.reference, sum(@live_hold(l)) AS held
FROM cart_hold_line l JOIN cart_hold c ON c.id = l.hold_id JOIN store s ON s.id = l.store_id
WHERE l.product_id = :product AND l.counted_hold <> 0 AND l.hold_until > :now
GROUP BY s.id, s.name, c.id, c.reference ORDER BY s.name, c.id

-- name: leaving_stock
-- What lies of a product in all warehouses, or in a warehouse of all products; 0 is none of both.
SELECT coalesce(sum(k.quantity), 0) AS quantity FROM stock k
WHERE k.product_id = :product OR k.warehouse_id = :warehouse

-- name: leaving_feeds
-- The feeds that last brought the numbers of a product.
SELECT DISTINCT m.feed FROM stock k
JOIN stock_change c ON c.id = (SELECT max(x.id) FROM stock_change x WHERE x.product_id = k.product_id
                               AND x.warehouse_id = k.warehouse_id AND x.import_id IS NOT NULL)
JOIN stock_import m ON m.id = c.import_id
WHERE k.product_id = :product AND m.feed IS NOT NULL ORDER BY m.feed

-- name: withdraw_product
-- A product is withdrawn (1), or offered again (0).
UPDATE product SET withdrawn = :withdrawn WHERE id = :product

-- name: rename_free
-- Whether a name means something: a concrete product, also by a name of before, or an abstract one.
SELECT n.id AS product_id, n.sku, CASE WHEN n.name = n.sku THEN 'concrete' ELSE 'alias' END AS kind
FROM @named_products(skus) n
UNION ALL SELECT NULL, g.sku, 'abstract' FROM abstract_product g WHERE g.sku IN @texts(skus)

-- name: rename_drop_alias
-- A name of before is that of now again.
DELETE FROM product_alias WHERE sku = :sku

-- name: rename_add_alias
-- The name that a product had until now.
INSERT INTO product_alias (sku, product_id) SELECT p.sku, p.id FROM product p WHERE p.id = :product

-- name: rename_product
-- The name of a product from now on.
UPDATE product SET sku = :sku WHERE id = :product

-- name: rename_aliases
-- The names that a product had before.
SELECT sku FROM product_alias WHERE product_id = :product ORDER BY sku

-- name: rename_told_again
-- What other databases have told of both names (:skus): all but the newest of each store is forgotten.
DELETE FROM exchange_told WHERE sku IN @texts(skus) AND EXISTS
    (SELECT 1 FROM exchange_told t WHERE t.store = exchange_told.store AND t.sku IN @texts(skus)
     AND t.sku <> exchange_told.sku AND (t.epoch, t.version, t.sku) > (exchange_told.epoch, exchange_told.version, exchange_told.sku))

-- name: rename_told
-- What other databases have told of a product is of its name of now.
UPDATE exchange_told SET sku = :sku, bucket = :bucket, waiting = 1 WHERE sku IN @texts(skus)

-- name: rename_published
-- The stores of this database in which an abstract product was told of.
SELECT b.abstract_id, b.store_id FROM abstract_availability b JOIN store s ON s.id = b.store_id AND s.remote = 0
WHERE b.abstract_id = :abstract AND b.event_version > 0

-- name: options_said
-- What each source says of inventory options.
SELECT source, content FROM option_layer ORDER BY source
