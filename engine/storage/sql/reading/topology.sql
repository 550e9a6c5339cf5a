-- The topology as it is stored.

-- name: topology_products_shown
-- Every concrete product with its abstract one and its own unit.
SELECT g.sku AS abstract_sku, p.sku, u.name AS unit FROM product p JOIN abstract_product g ON g.id = p.abstract_id
LEFT JOIN unit u ON u.id = p.unit_id

-- name: topology_categories_shown
-- Every abstract product that has a category.
SELECT g.sku, c.name AS category FROM abstract_product g JOIN category c ON c.id = g.category_id
