-- Inventory options of products, as they are asked for.

-- name: view_option_product
-- A concrete product (abstract 0) or an abstract one (1) with this sku, and its category; the concrete one comes first,
-- and one that had the sku before comes last.
SELECT p.sku, g.sku AS abstract_sku, c.name AS category, 0 AS abstract
FROM product p JOIN abstract_product g ON g.id = p.abstract_id LEFT JOIN category c ON c.id = g.category_id
WHERE p.sku = :sku
UNION ALL
SELECT g.sku, g.sku, c.name, 1 FROM abstract_product g LEFT JOIN category c ON c.id = g.category_id WHERE g.sku = :sku
UNION ALL
SELECT p.sku, g.sku, c.name, 2 FROM product_alias o JOIN product p ON p.id = o.product_id
JOIN abstract_product g ON g.id = p.abstract_id LEFT JOIN category c ON c.id = g.category_id WHERE o.sku = :sku
ORDER BY 4

-- name: view_option_amounts
-- What products with ids from one to another have in every store, and what is promised of it.
SELECT a.product_id, a.store_id, a.stock, @promised(a.reserved, a.held) AS promised, a.spared,
       CASE WHEN EXISTS (SELECT 1 FROM stock k JOIN store_warehouse l ON l.warehouse_id = k.warehouse_id
                         JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                         WHERE k.product_id = a.product_id AND l.store_id = a.store_id AND k.never_out_of_stock = 1)
            THEN 1 ELSE 0 END AS endless
FROM availability a WHERE a.product_id BETWEEN :first AND :last

-- name: option_changes
-- The newest changes of options before one, of one level unless it is empty.
SELECT id, at, source, origin, actor, level, option, before, after FROM option_change
WHERE id < :before_id AND (:level = '' OR level = :level) ORDER BY id DESC LIMIT :size
