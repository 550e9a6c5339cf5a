-- What can be sold, and who shares in it.

-- macro: promised(reserved, held)
-- What is promised of a product. A sum below zero is damage; it promises nothing, so that never more can be sold than
-- there is.
(max({reserved}, 0) + max({held}, 0))

-- macro: promised(reserved, held) [postgresql]
-- What is promised of a product. A sum below zero is damage; it promises nothing, so that never more can be sold than
-- there is.
(greatest({reserved}, 0) + greatest({held}, 0))

-- macro: available(a, stock, reserved, held, spared = coalesce({a}.spared, 0))
-- What can be sold of a row with the terms of an availability row: the stock less what is reserved, held and kept back
-- (what is kept may be below zero: backorders), never below zero. What is promised at a warehouse beyond its stock is
-- spared. What is not sold at all (2) is nothing; of what is sold without regard to its level (3) promises take nothing
-- off.
CASE {a}.selling WHEN 2 THEN 0 WHEN 3 THEN max({stock}, 0)
     ELSE max({stock} - @promised({reserved}, {held}) + @spared({a}, {spared}) - coalesce({a}.kept, 0), 0) END

-- macro: available(a, stock, reserved, held, spared = coalesce({a}.spared, 0)) [postgresql]
-- What can be sold of a row with the terms of an availability row: the stock less what is reserved, held and kept back
-- (what is kept may be below zero: backorders), never below zero. What is promised at a warehouse beyond its stock is
-- spared. What is not sold at all (2) is nothing; of what is sold without regard to its level (3) promises take nothing
-- off.
CASE {a}.selling WHEN 2 THEN 0 WHEN 3 THEN greatest({stock}, 0)
     ELSE greatest({stock} - @promised({reserved}, {held}) + @spared({a}, {spared}) - coalesce({a}.kept, 0), 0) END

-- macro: spared(a, amount = coalesce({a}.spared, 0))
-- How much of what is promised takes nothing off what can be sold, of an availability row: what is promised at single
-- warehouses beyond their own stock, which is no stock of the others. Where backorders are allowed, it takes these up
-- first.
max({amount} + min(coalesce({a}.kept, 0), 0), 0)

-- macro: spared(a, amount = coalesce({a}.spared, 0)) [postgresql]
-- How much of what is promised takes nothing off what can be sold, of an availability row: what is promised at single
-- warehouses beyond their own stock, which is no stock of the others. Where backorders are allowed, it takes these up
-- first.
greatest({amount} + least(coalesce({a}.kept, 0), 0), 0)

-- macro: above(a)
-- By how much more is promised than there is, of an availability row: in all, or at single warehouses where that is
-- more; beyond what may be taken as backorders. Below zero where there is something left.
CASE WHEN {a}.lacking > {a}.reserved + {a}.held - {a}.stock THEN {a}.lacking
     ELSE {a}.reserved + {a}.held - {a}.stock END - @backorders({a})

-- macro: beyond(p, serves, over = 0)
-- What is promised at single warehouses beyond what these have, of a product and store p, by the store and those that
-- share with it. A warehouse has nothing unless it is active and serves a store l.store_id that fulfils the condition.
-- ``over`` is what of it, at the warehouse of q, are holds whose time is over. Where stock is divided between channel
-- groups, all of it counts together.
(SELECT coalesce(sum(CASE WHEN h.promised > h.stock THEN h.promised - h.stock ELSE 0 END), 0)
 FROM (SELECT @promised(sum(q.reserved), sum(q.held) - {over}) AS promised,
              coalesce((SELECT k.quantity FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                        WHERE k.product_id = {p}.product_id AND k.warehouse_id = q.warehouse_id AND EXISTS
                            (SELECT 1 FROM store_warehouse l WHERE l.warehouse_id = q.warehouse_id AND {serves})), 0) AS stock
       FROM warehouse_promise q
       WHERE q.product_id = {p}.product_id AND @peer(q.store_id, {p}.store_id) AND NOT EXISTS
           (SELECT 1 FROM store c WHERE c.id = {p}.store_id AND c.channel_group_id IS NOT NULL)
       GROUP BY q.warehouse_id) h)

-- macro: own_house(p)
-- Whether a warehouse serves the store of p itself.
l.store_id = {p}.store_id

-- macro: any_house(p)
-- Whether a warehouse serves the store of p or one that shares with it.
@peer(l.store_id, {p}.store_id)

-- macro: over_there(p, now)
-- What holds whose time is over still stand for at the warehouse of q, of a product and store p and those that share.
coalesce((SELECT sum(b.counted_hold) FROM
    (SELECT i.counted_hold FROM order_item i
     WHERE @hold_is_over(i, {now}) AND i.product_id + 0 = {p}.product_id AND i.warehouse_id = q.warehouse_id
       AND @peer(i.store_id, {p}.store_id)
     UNION ALL
     SELECT i.counted_hold FROM cart_hold_line i
     WHERE @hold_is_over(i, {now}) AND i.product_id + 0 = {p}.product_id AND i.warehouse_id = q.warehouse_id
       AND @peer(i.store_id, {p}.store_id)) b), 0)

-- macro: named_over
-- Holds whose time is over, of items and lines of carts, with the warehouse that they are to come from.
(SELECT i.counted_hold, i.product_id + 0 AS product_id, i.warehouse_id FROM order_item i
 WHERE @hold_is_over(i) AND i.warehouse_id IS NOT NULL
 UNION ALL
 SELECT i.counted_hold, i.product_id + 0, i.warehouse_id FROM cart_hold_line i
 WHERE @hold_is_over(i) AND i.warehouse_id IS NOT NULL)

-- macro: spared_now(a, over, now = :now)
-- What an availability row spares, without the holds whose time is over, of which there are so many.
CASE WHEN coalesce({a}.spared, 0) = 0 OR {over} = 0 THEN coalesce({a}.spared, 0)
     ELSE @beyond({a}, @own_house({a}), @over_there({a}, {now})) END

-- macro: lacking_now(a, over)
-- What an availability row lacks at single warehouses, without the holds whose time is over, of which there are so many.
CASE WHEN {a}.lacking = 0 OR {over} = 0 THEN {a}.lacking
     ELSE @beyond({a}, @any_house({a}), @over_there({a}, :now)) END

-- macro: endless(a, flag)
-- Whether a product never runs out in a store: as the flag of its stock says, unless its options do.
CASE WHEN {a}.selling IN (1, 3) THEN 1 WHEN {a}.selling = 2 THEN 0 ELSE {flag} END

-- macro: backorders(a)
-- How much may be promised of a product in a store beyond its stock.
CASE WHEN {a}.kept < 0 THEN -{a}.kept ELSE 0 END

-- macro: sellable(a)
-- Whether a product can be sold at all, of a row with availability.
({a}.available > 0 OR {a}.never_out_of_stock = 1)

-- macro: differs(a, before)
-- Whether two rows with availability tell different things.
({a}.available <> {before}.available OR {a}.never_out_of_stock <> {before}.never_out_of_stock)

-- macro: peers
-- Each store (store_id) with itself and with every store that shares reservations with it (other_id).
(SELECT id AS store_id, id AS other_id FROM store UNION ALL SELECT store_id, other_id FROM store_sharing)

-- macro: peer(other, store)
-- Whether the other store is the store itself or shares reservations with it.
({other} = {store} OR {other} IN
 (SELECT sharing.other_id FROM store_sharing sharing WHERE sharing.store_id = {store}))

-- macro: with_peers(rows, condition = true)
-- The products and stores of the rows r that fulfil the condition, and these products in the stores that share, and in
-- those between which the same warehouse group is divided.
(SELECT r.product_id, r.store_id FROM {rows} r WHERE {condition}
 UNION
 SELECT r.product_id, s.other_id FROM {rows} r JOIN store_sharing s ON s.store_id = r.store_id WHERE {condition}
 UNION
 SELECT r.product_id, o.id FROM {rows} r JOIN store s ON s.id = r.store_id
 JOIN channel_group g ON g.id = s.channel_group_id JOIN channel_group h ON h.warehouse_group_id = g.warehouse_group_id
 JOIN store o ON o.channel_group_id = h.id WHERE {condition})

-- macro: promises(a, r, own_over = 0, over = 0, lacking = {a}.lacking)
-- What @short needs to know, of an availability row and the reservation of the same product and store: by how much
-- more the store promises than its own warehouses have, and by how much more it and those that share with it promise
-- than all of their active warehouses have, or than their channel group is allotted, beyond what the store takes as
-- backorders. Below zero where there is something left. ``over`` is what of the promises are holds whose time is over, ``own_over`` those of the store itself. A margin for
-- stores elsewhere is promised to nobody. And by how much more is promised at single warehouses than each of them has.
{a}.never_out_of_stock, {r}.reserved + {r}.held - {own_over} - {a}.stock - @backorders({a}) AS own,
{a}.reserved + {a}.held - {over} - @backorders({a}) - coalesce(
    (SELECT sum(m.margin) FROM reservation m
     WHERE m.product_id = {a}.product_id AND m.margin <> 0 AND @peer(m.store_id, {a}.store_id)), 0) - coalesce(
    (SELECT {a}.stock FROM store c WHERE c.id = {a}.store_id AND c.channel_group_id IS NOT NULL),
    (SELECT sum(k.quantity) FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
     WHERE k.product_id = {a}.product_id AND k.warehouse_id IN
         (SELECT l.warehouse_id FROM store_warehouse l WHERE @peer(l.store_id, {a}.store_id))), 0) AS together,
{lacking} - @backorders({a}) AS lacking

-- macro: short(n)
-- The shortfall, of a row with @promises: what is promised above the stock, by a store itself against its own
-- warehouses, by it and those that share with it against all of theirs, or at single warehouses against what each of
-- them has. The one definition of it.
CASE WHEN {n}.never_out_of_stock = 1 OR {n}.own <= 0 AND {n}.together <= 0 AND {n}.lacking <= 0 THEN 0
     WHEN {n}.own >= {n}.together AND {n}.own >= {n}.lacking THEN {n}.own
     WHEN {n}.together >= {n}.lacking THEN {n}.together ELSE {n}.lacking END

-- macro: counted_at(k, w)
-- When a stock k of the warehouse w was counted last: the time that is told for the whole warehouse, unless the stock
-- has a later one, or has missed that count. What was never counted (NULL) has no time. The one way to ask for it.
CASE WHEN {k}.counted_at < {w}.counted_at AND ({k}.missed_at IS NULL OR {k}.missed_at < {w}.counted_at)
     THEN {w}.counted_at ELSE {k}.counted_at END

-- macro: missed_at(g, w)
-- What is written with the count g of a stock of the warehouse w: a time that is told for all of it, and is later, is
-- none of this stock.
CASE WHEN {g}.counted_at < {w}.counted_at THEN {w}.counted_at END

-- macro: over_holds(condition, now = :now)
-- What holds whose time is over still stand for, per product and store, of items and lines of carts i that fulfil the
-- condition.
(SELECT b.product_id, b.store_id, sum(b.counted_hold) AS held
 FROM (SELECT i.product_id + 0 AS product_id, i.store_id, i.counted_hold FROM order_item i
       WHERE @hold_is_over(i, {now}) AND {condition}
       UNION ALL
       SELECT i.product_id, i.store_id, i.counted_hold FROM cart_hold_line i WHERE @hold_is_over(i, {now}) AND {condition}) b
 GROUP BY b.product_id, b.store_id)

-- macro: over_promises(condition = true, now = :now)
-- What of the promises of each product and store are holds whose time is over: of the store itself, and of it and those
-- that share with it; of items i that fulfil the condition.
(SELECT h.product_id, q.store_id, sum(h.held) AS over,
        sum(CASE WHEN q.other_id = q.store_id THEN h.held ELSE 0 END) AS own_over
 FROM @over_holds({condition}, {now}) h
 JOIN @peers q ON q.other_id = h.store_id GROUP BY h.product_id, q.store_id)

-- macro: shortfalls
-- Every product and store with a shortfall. What is promised above a store's own warehouses, or above single ones, is
-- asked first: without that there is none, and it needs no look at other tables.
(SELECT n.product_id, n.store_id, n.stock, n.reserved, n.held, @short(n) AS shortfall
 FROM (SELECT a.product_id, a.store_id, a.stock, a.reserved, a.held - coalesce(o.over, 0) AS held,
              @promises(a, r, coalesce(o.own_over, 0), coalesce(o.over, 0),
                        @lacking_now(a, coalesce(o.over, 0)))
      FROM availability a JOIN reservation r ON r.product_id = a.product_id AND r.store_id = a.store_id
       LEFT JOIN @over_promises o ON o.product_id = a.product_id AND o.store_id = a.store_id
       WHERE a.never_out_of_stock = 0
         AND (a.reserved + a.held > a.stock + @backorders(a) OR a.lacking > @backorders(a))
         AND a.store_id NOT IN (SELECT e.id FROM store e WHERE e.remote = 1)) n
 WHERE n.own > 0 OR n.together > 0 OR n.lacking > 0)

-- macro: counts_for(i, w, id = {w}.id)
-- Whether a count of a warehouse is one for an item: of the warehouse that it names, else of any active one of its
-- store. The id may be told as a column that leads to the warehouse: the plan of a statement depends on it.
({id} = {i}.warehouse_id OR {i}.warehouse_id IS NULL AND {w}.active = 1 AND EXISTS
 (SELECT 1 FROM store_warehouse l WHERE l.store_id = {i}.store_id AND l.warehouse_id = {id}))
