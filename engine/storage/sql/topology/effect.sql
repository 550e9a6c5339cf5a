-- What applying a topology would mean, found without changing anything: what would be is told by the parameters.

-- name: diff_products
-- Of these concrete products, those that are stored: with the abstract one, and the unit of their own.
SELECT p.sku, g.sku AS abstract_sku, u.name AS unit FROM product p JOIN abstract_product g ON g.id = p.abstract_id
LEFT JOIN unit u ON u.id = p.unit_id WHERE p.sku IN @texts(skus)

-- name: diff_abstracts
-- Of these abstract products, those that are stored, with their categories.
SELECT g.sku, c.name AS category FROM abstract_product g LEFT JOIN category c ON c.id = g.category_id WHERE g.sku IN @texts(skus)

-- name: diff_count
-- How many concrete products there are.
SELECT count(*) AS products FROM product

-- name: diff_too_fine
-- Quantities that would be finer than the unit of their product: of these units, with these products having others of
-- their own, and all without one this default one.
SELECT n.kind, n.place, n.sku, n.unit, n.step, n.quantity
FROM @too_fine((SELECT p.id AS product_id, p.sku, t.name AS unit, t.step
                FROM product p LEFT JOIN unit u ON u.id = p.unit_id
                LEFT JOIN @records(products: sku text, unit text) c ON c.sku = p.sku
                JOIN @records(units: name text, step int) t ON t.step > 1
                    AND t.name = coalesce(CASE WHEN c.sku IS NULL THEN u.name ELSE c.unit END, :default_unit))) n
ORDER BY n.kind, n.sku, n.place LIMIT :size

-- macro: effects
-- Each product in each of these stores, with its numbers before (0) and after (1) beside each other: its stock, what is
-- promised of it, and by how much more than there is. The :links lead from a store to the active warehouses of its own
-- (own 1) and of those that share with it, the :peers to the stores whose promises count there, on each side. Of a store
-- that is not of this database on one side the numbers are 0 there. Options are those of now, of the stores that are
-- there (:known). What is promised at single warehouses beyond their own stock is spared, as in @beyond.
(SELECT e.store_id, e.product_id, @on_side(stock, 0), @on_side(stock, 1), @on_side(reserved, 0), @on_side(reserved, 1),
        @on_side(held, 0), @on_side(held, 1), @on_side(available, 0), @on_side(available, 1), @on_side(short, 0),
        @on_side(short, 1), max(CASE WHEN e.side = 0 AND (e.available > 0 OR e.endless = 1) THEN 1 ELSE 0 END) AS sellable_0,
        max(CASE WHEN e.side = 1 AND (e.available > 0 OR e.endless = 1) THEN 1 ELSE 0 END) AS sellable_1
 FROM (SELECT c.store_id, c.product_id, c.side, c.stock, @endless(c, c.endless) AS endless, c.reserved, c.held,
              @available(c, c.stock, c.reserved, c.held) AS available,
              CASE WHEN @endless(c, c.endless) = 1 OR c.own <= @backorders(c) AND c.together <= @backorders(c)
                                                      AND c.lacking <= @backorders(c) THEN 0
                   WHEN c.own >= c.together AND c.own >= c.lacking THEN c.own - @backorders(c)
                   WHEN c.together >= c.lacking THEN c.together - @backorders(c)
                   ELSE c.lacking - @backorders(c) END AS short
 FROM (SELECT b.store_id, b.product_id, b.side, sum(b.stock) AS stock, max(b.endless) AS endless, sum(b.reserved) AS reserved,
              sum(b.held) AS held, sum(b.own) AS own, sum(b.together) AS together, sum(b.spared) AS spared,
              sum(b.lacking) AS lacking, max(a.selling) AS selling, max(a.kept) AS kept
       FROM (SELECT l.store AS store_id, k.product_id, l.side, l.own * k.quantity AS stock,
                    l.own * k.never_out_of_stock AS endless, 0 AS reserved, 0 AS held, -l.own * k.quantity AS own,
                    -k.quantity AS together, 0 AS spared, 0 AS lacking
             FROM @records(links: store int, warehouse int, side int, own int) l JOIN stock k ON k.warehouse_id = l.warehouse
             UNION ALL
             SELECT p.store, r.product_id, p.side, 0, 0, r.reserved, r.held, p.own * (r.reserved + r.held),
                    r.reserved + r.held - r.margin, 0, 0
             FROM @records(peers: store int, other int, side int, own int) p JOIN reservation r ON r.store_id = p.other
             WHERE r.reserved <> 0 OR r.held <> 0
             UNION ALL
             SELECT p.store, h.product_id, p.side, 0, 0, 0, -h.held, -p.own * h.held, -h.held, 0, 0
             FROM @over_holds(true) h JOIN @records(peers: store int, other int, side int, own int) p ON p.other = h.store_id
             UNION ALL
             SELECT n.store, n.product_id, n.side, 0, 0, 0, 0, 0, 0, @more_than(n.promised, n.there * n.own),
                    @more_than(n.promised, n.there)
             FROM (SELECT y.store, y.product_id, y.side, y.promised, coalesce(k.quantity, 0) AS there, coalesce(l.own, 0) AS own
                   FROM (SELECT p.store, p.side, q.product_id, q.warehouse_id, @promised(sum(q.reserved), sum(q.held)) AS promised
                         FROM @records(peers: store int, other int, side int, own int) p
                         JOIN warehouse_promise q ON q.store_id = p.other
                         GROUP BY p.store, p.side, q.product_id, q.warehouse_id) y
                   LEFT JOIN @records(links: store int, warehouse int, side int, own int) l
                       ON l.store = y.store AND l.side = y.side AND l.warehouse = y.warehouse_id
                   LEFT JOIN stock k ON k.product_id = y.product_id AND k.warehouse_id = l.warehouse) n) b
       LEFT JOIN @records(known: store int, id int) y ON y.store = b.store_id
       LEFT JOIN availability a ON a.product_id = b.product_id AND a.store_id = y.id
       GROUP BY b.store_id, b.product_id, b.side) c) e
 GROUP BY e.store_id, e.product_id)

-- macro: more_than(promised, stock)
-- By how much what is promised is more than the stock.
CASE WHEN {promised} > {stock} THEN {promised} - {stock} ELSE 0 END

-- macro: on_side(amount, side)
-- An amount of the rows e on one side.
sum(CASE WHEN e.side = {side} THEN e.{amount} ELSE 0 END) AS {amount}_{side}

-- name: diff_totals
-- What becomes of each of these stores, over all products.
SELECT n.store_id, sum(n.stock_0) AS stock_0, sum(n.stock_1) AS stock_1, sum(n.reserved_0) AS reserved_0,
       sum(n.reserved_1) AS reserved_1, sum(n.held_0) AS held_0, sum(n.held_1) AS held_1,
       sum(n.available_0) AS available_0, sum(n.available_1) AS available_1,
       sum(n.sellable_0) AS sellable_0, sum(n.sellable_1) AS sellable_1,
       count(*) FILTER (WHERE n.short_0 > 0) AS short_0, count(*) FILTER (WHERE n.short_1 > 0) AS short_1,
       count(*) FILTER (WHERE n.sellable_0 > n.sellable_1) AS sells_out,
       count(*) FILTER (WHERE n.sellable_0 < n.sellable_1) AS becomes_sellable,
       count(*) FILTER (WHERE n.short_0 <= 0 AND n.short_1 > 0) AS becomes_short
FROM @effects n GROUP BY n.store_id

-- name: diff_examples
-- The first products, by sku, of which something becomes in these stores: so many of each effect.
SELECT m.store_id, m.effect, m.sku, m.before, m.after
FROM (SELECT o.store_id, o.effect, p.sku, o.before, o.after,
             row_number() OVER (PARTITION BY o.store_id, o.effect ORDER BY p.sku) AS place
      FROM (SELECT n.store_id, n.product_id,
                   CASE WHEN n.short_0 <= 0 AND n.short_1 > 0 THEN 'becomes_short'
                        WHEN n.sellable_0 > n.sellable_1 THEN 'sells_out' ELSE 'becomes_sellable' END AS effect,
                   CASE WHEN n.short_0 <= 0 AND n.short_1 > 0 THEN n.short_0 ELSE n.available_0 END AS before,
                   CASE WHEN n.short_0 <= 0 AND n.short_1 > 0 THEN n.short_1 ELSE n.available_1 END AS after
            FROM @effects n
            WHERE n.sellable_0 <> n.sellable_1 OR n.short_0 <= 0 AND n.short_1 > 0) o
      JOIN product p ON p.id = o.product_id) m
WHERE m.place <= :size ORDER BY m.store_id, m.effect, m.sku

-- macro: resting(r, t)
-- Whether a row t of a store rests on something that goes away: on the warehouse of r, or on the store itself (0).
({r}.store = {t}.store_id AND ({r}.warehouse = 0 OR {r}.warehouse = {t}.warehouse_id))

-- macro: live_states
-- The states in which an item counts, or may come to.
(SELECT t.id FROM process_state t WHERE t.reserved = 1 OR t.can_reserve = 1)

-- name: diff_items
-- The live items that rest on these warehouses of stores (or, with 0, on the stores), with the first of their orders.
SELECT r.store AS store_id, r.warehouse AS warehouse_id, count(i.id) AS items,
       coalesce(sum(i.counted_reserved), 0) AS reserved, coalesce(sum(@live_hold(i)), 0) AS held
FROM item_state s JOIN order_item i ON i.id = s.item_id
JOIN @records(gone: store int, warehouse int) r ON @resting(r, i)
WHERE s.state_id IN @live_states GROUP BY r.store, r.warehouse

-- name: diff_orders
-- The first orders with live items that rest on these warehouses of stores (or, with 0, on the stores).
SELECT m.store_id, m.warehouse_id, m.reference
FROM (SELECT d.store_id, d.warehouse_id, o.reference,
             row_number() OVER (PARTITION BY d.store_id, d.warehouse_id ORDER BY o.id) AS place
      FROM (SELECT DISTINCT r.store AS store_id, r.warehouse AS warehouse_id, i.order_id
            FROM item_state s JOIN order_item i ON i.id = s.item_id
            JOIN @records(gone: store int, warehouse int) r ON @resting(r, i)
            WHERE s.state_id IN @live_states) d
      JOIN sales_order o ON o.id = d.order_id) m
WHERE m.place <= :size ORDER BY m.store_id, m.warehouse_id, m.place

-- name: diff_carts
-- The carts whose holds rest on these warehouses of stores (or, with 0, on the stores), with what they hold there.
SELECT r.store AS store_id, r.warehouse AS warehouse_id, c.reference, sum(@live_hold(l)) AS held
FROM @records(gone: store int, warehouse int) r JOIN cart_hold_line l ON @resting(r, l)
JOIN cart_hold c ON c.id = l.hold_id
WHERE l.counted_hold <> 0 AND l.hold_until > :now
GROUP BY r.store, r.warehouse, c.id, c.reference ORDER BY r.store, r.warehouse, c.id

-- name: diff_promises
-- What each of these stores promises.
SELECT r.store_id, sum(r.reserved) AS reserved, sum(r.held) AS held FROM reservation r
WHERE r.store_id IN @ids(stores) AND (r.reserved <> 0 OR r.held <> 0) GROUP BY r.store_id
