-- Statistics of tables that have grown: without them the server plans as if they had not.

-- name: analyze_stock [postgresql]
-- Have the server look at stock and what follows from it.
ANALYZE stock, availability, reservation, stock_change

-- name: analyze_products [postgresql]
-- Have the server look at products and the rows that each of them has.
ANALYZE product, abstract_product, availability, reservation, abstract_availability
