-- Stores and products by name.

-- name: stores
-- All stores.
SELECT id, name, remote FROM store ORDER BY name

-- name: products_named
-- Concrete products by sku.
SELECT id, sku AS name FROM product WHERE sku IN @texts(names)
