-- Statistics of tables that have grown: without them the server plans as if they had not.

-- name: stock_believed [postgresql]
-- How many rows of stock the server believes that there are; below 0 if it has never looked.
SELECT reltuples FROM pg_class WHERE oid = CAST('stock' AS regclass)

-- name: analyze_stock [postgresql]
-- Have the server look at stock and what follows from it.
ANALYZE stock, availability, reservation, stock_change

-- name: analyze_products [postgresql]
-- Have the server look at products and the rows that each of them has.
ANALYZE product, abstract_product, availability, reservation, abstract_availability
