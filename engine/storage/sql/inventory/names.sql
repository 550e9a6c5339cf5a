-- Stores, products and warehouses by name.

-- name: stores
-- All stores.
SELECT id, name, remote FROM store ORDER BY name

-- name: products_named
-- Concrete products by sku.
SELECT id, sku AS name FROM product WHERE sku IN @texts(names)

-- name: warehouses_named
-- Warehouses by name.
SELECT id, name FROM warehouse WHERE name IN @texts(names)
