-- The topology as it is stored.

-- name: topology_products_shown
-- Every concrete product with its abstract one and its own unit.
SELECT g.sku AS abstract_sku, p.sku, u.name AS unit FROM product p JOIN abstract_product g ON g.id = p.abstract_id
LEFT JOIN unit u ON u.id = p.unit_id
