-- Whether lines can be sold: asked at every look at a product, every cart and every checkout.

-- name: sell_concretes
-- What can be sold of concrete products in a store. Holds whose time is over are left out.
SELECT a.product_id, @available(a, a.stock, a.reserved, a.held - coalesce(o.over, 0), @spared_now(a, coalesce(o.over, 0))) AS available, a.never_out_of_stock,
       a.option_set_id, a.stock - @promised(a.reserved, a.held - coalesce(o.over, 0))
           + @spared(a, @spared_now(a, coalesce(o.over, 0))) AS level
FROM availability a
LEFT JOIN @over_promises(i.product_id + 0 IN @ids(products)) o ON o.product_id = a.product_id AND o.store_id = a.store_id
WHERE a.store_id = :store AND a.product_id IN @ids(products)

-- macro: asked_time [postgresql]
-- The time that is asked for, or that of the server's clock.
coalesce(CAST(:now AS bigint), CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS bigint))

-- name: sell_concretes [postgresql]
-- What can be sold of concrete products in a store. Holds whose time is over by the server's clock, unless a time is
-- given, are left out.
SELECT a.product_id, @available(a, a.stock, a.reserved, a.held - coalesce(o.over, 0),
                  @spared_now(a, coalesce(o.over, 0), @asked_time)) AS available, a.never_out_of_stock,
       a.option_set_id, a.stock - @promised(a.reserved, a.held - coalesce(o.over, 0))
           + @spared(a, @spared_now(a, coalesce(o.over, 0), @asked_time)) AS level
FROM availability a
LEFT JOIN @over_promises(i.product_id + 0 IN @ids(products), @asked_time) o
    ON o.product_id = a.product_id AND o.store_id = a.store_id
WHERE a.store_id = :store AND a.product_id IN @ids(products)

-- name: sell_abstracts
-- What can be sold of the concrete products of abstract ones together, of skus that are no concrete product.
SELECT g.sku, sum(@available(a, a.stock, a.reserved, a.held - coalesce(o.over, 0), @spared_now(a, coalesce(o.over, 0)))) AS available,
       max(a.never_out_of_stock) AS never_out_of_stock
FROM @texts(skus) r JOIN abstract_product g ON g.sku = r.value
JOIN product p ON p.abstract_id = g.id
JOIN availability a ON a.product_id = p.id AND a.store_id = :store
LEFT JOIN @over_promises(i.product_id + 0 IN
    (SELECT q.id FROM @texts(skus) t JOIN abstract_product b ON b.sku = t.value JOIN product q ON q.abstract_id = b.id)) o
    ON o.product_id = p.id AND o.store_id = a.store_id
GROUP BY g.sku

-- name: sell_own
-- The hold of a cart that the asker has: of which store, which order it has become, and a row for what it holds of a
-- product from a warehouse as long as its time is not over; one row without a sku where that is nothing.
SELECT c.store_id, @order_called(c.order_id) AS order_reference, p.sku, l.warehouse_id, coalesce(sum(l.counted_hold), 0) AS held
FROM cart_hold c
LEFT JOIN cart_hold_line l ON l.hold_id = c.id AND c.ended_at IS NULL AND c.hold_until > :now
LEFT JOIN product p ON p.id = l.product_id
WHERE c.reference = :hold
GROUP BY c.store_id, c.order_id, p.sku, l.warehouse_id
