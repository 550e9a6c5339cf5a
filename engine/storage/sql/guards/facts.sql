-- What guards ask of items. Each part behind a sign such as /*[order]*/ is left out where nobody asks for it: see
-- engine/storage/guards/pruning.py. What a line of guard_facts tells of a field is also what is asked where a guard is
-- answered by the database itself.

-- macro: over_and_spared
-- Products of stores with holds whose time is over: how much these are, and what the row spares without them. Joined, for
-- SQLite reads no expression that is nested too deeply, and guards nest what they ask for further.
(SELECT o.product_id, o.store_id, o.over, @spared_now(a, o.over) AS spared
 FROM @over_promises o JOIN availability a ON a.product_id = o.product_id AND a.store_id = o.store_id)

-- macro: guard_sources(i)
-- What the fields of guards are read from, of an item.
/*[order]*/ JOIN sales_order ord ON ord.id = {i}.order_id
/*[document]*/
/*[store]*/ JOIN store sto ON sto.id = {i}.store_id
/*[product]*/ JOIN product prd ON prd.id = {i}.product_id
/*[abstract]*/ JOIN abstract_product abp ON abp.id = prd.abstract_id
/*[unit]*/ LEFT JOIN unit unt ON unt.id = prd.unit_id
/*[warehouse]*/ LEFT JOIN warehouse whs ON whs.id = {i}.warehouse_id
/*[stock]*/ LEFT JOIN stock stk ON stk.product_id = {i}.product_id AND stk.warehouse_id = {i}.warehouse_id
/*[availability]*/ LEFT JOIN availability avl ON avl.product_id = {i}.product_id AND avl.store_id = {i}.store_id
/*[over]*/ LEFT JOIN @over_and_spared ovr ON ovr.product_id = {i}.product_id AND ovr.store_id = {i}.store_id
/*[]*/

-- macro: guard_sources(i) [postgresql]
-- What the fields of guards are read from, of an item. The document is read once for all that is asked of it; one with
-- a NUL, or a number that is none, cannot be read.
/*[order]*/ JOIN sales_order ord ON ord.id = {i}.order_id
/*[document]*/ CROSS JOIN LATERAL (SELECT CASE WHEN strpos(ord.data, '\u0000') > 0 OR strpos(ord.data, 'NaN') > 0
    OR strpos(ord.data, 'Infinity') > 0 THEN NULL ELSE CAST(ord.data AS jsonb) END AS data OFFSET 0) doc
/*[store]*/ JOIN store sto ON sto.id = {i}.store_id
/*[product]*/ JOIN product prd ON prd.id = {i}.product_id
/*[abstract]*/ JOIN abstract_product abp ON abp.id = prd.abstract_id
/*[unit]*/ LEFT JOIN unit unt ON unt.id = prd.unit_id
/*[warehouse]*/ LEFT JOIN warehouse whs ON whs.id = {i}.warehouse_id
/*[stock]*/ LEFT JOIN stock stk ON stk.product_id = {i}.product_id AND stk.warehouse_id = {i}.warehouse_id
/*[availability]*/ LEFT JOIN availability avl ON avl.product_id = {i}.product_id AND avl.store_id = {i}.store_id
/*[over]*/ LEFT JOIN @over_and_spared ovr ON ovr.product_id = {i}.product_id AND ovr.store_id = {i}.store_id
/*[]*/

-- name: guard_facts
-- What guards ask of items, one row for each item, in the order of ids.
SELECT i.id
/*[item.reference]*/ , i.reference
/*[item.line]*/ , i.line
/*[item.sku]*/ , prd.sku
/*[item.quantity]*/ , i.quantity
/*[item.reserved]*/ , i.counted_reserved
/*[item.available]*/ , coalesce((@spared(avl, coalesce(ovr.spared, avl.spared, 0)) + avl.stock
    - @promised(avl.reserved, avl.held - coalesce(ovr.over, 0)) - coalesce(avl.kept, 0)
    + i.counted_reserved + @live_hold(i) >= i.quantity OR avl.never_out_of_stock = 1) AND avl.selling <> 2, false)
/*[item.store]*/ , sto.name
/*[item.warehouse]*/ , whs.name
/*[item.state_since]*/ , i.state_since
/*[item.step]*/ , i.step
/*[order.id]*/ , i.order_id
/*[order.reference]*/ , ord.reference
/*[order.store]*/ , sto.name
/*[order.currency]*/ , ord.currency
/*[order.placed_at]*/ , ord.placed_at
/*[order.data]*/ , ord.data
/*[product.sku]*/ , prd.sku
/*[product.abstract_sku]*/ , abp.sku
/*[product.unit]*/ , unt.name
/*[stock.quantity]*/ , coalesce(avl.stock, 0)
/*[stock.in_warehouse]*/ , stk.quantity
/*[stock.never_out_of_stock]*/ , coalesce(avl.never_out_of_stock = 1, false)
/*[availability.quantity]*/ , coalesce(@available(avl, avl.stock, avl.reserved, avl.held - coalesce(ovr.over, 0), coalesce(ovr.spared, avl.spared, 0)), 0)
/*[availability.reserved]*/ , coalesce(avl.reserved, 0)
/*[availability.held]*/ , coalesce(avl.held - coalesce(ovr.over, 0), 0)
/*[availability.sellable]*/ , coalesce(avl.never_out_of_stock = 1 OR @available(avl, avl.stock, avl.reserved, avl.held - coalesce(ovr.over, 0), coalesce(ovr.spared, avl.spared, 0)) > 0, false)
/*[]*/
FROM order_item i
@guard_sources(i)
WHERE i.id IN @ids(items) ORDER BY i.id
