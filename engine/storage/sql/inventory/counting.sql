-- What an item counts in its state: reserved, held, or nothing. engine/inventory/counting.py says the same.

-- macro: counts_reserved(flag, quantity)
-- What an item reserves in a state with the flag (1) or without it (0).
CASE WHEN {flag} = 1 THEN {quantity} ELSE 0 END

-- macro: change_held(keep, held)
-- By how much an item's hold changes in a state that keeps it (1) or ends it (0).
CASE WHEN {keep} = 1 THEN 0 ELSE -{held} END

-- macro: set_counts
-- Settings for items that come to count as :reserved and :keep_hold say of their new state.
counted_reserved = @counts_reserved(:reserved, quantity),
counted_hold = CASE WHEN :keep_hold = 1 THEN counted_hold ELSE 0 END,
hold_until = CASE WHEN :keep_hold = 1 THEN hold_until ELSE NULL END

-- macro: holds(i, t)
-- What an item holds that has a hold, if its state keeps it: a row of process_state.
CASE WHEN {i}.counted_hold <> 0 AND {t}.reserved = 0 AND {t}.can_reserve = 1 THEN {i}.quantity ELSE 0 END

-- macro: miscounts(i, t)
-- Whether an item counts something else than its state says.
({i}.counted_reserved <> @counts_reserved({t}.reserved, {i}.quantity) OR {i}.counted_hold <> @holds({i}, {t}))

-- macro: should_count
-- What the items and the carts of each product and store should count, of the :products.
(SELECT b.product_id, b.store_id, sum(b.reserved) AS reserved, sum(b.held) AS held
 FROM (SELECT i.product_id, i.store_id, @counts_reserved(t.reserved, i.quantity) AS reserved, @holds(i, t) AS held
       FROM order_item i JOIN process_state t ON t.id = i.state_id
       WHERE i.product_id IN @ids(products)
       UNION ALL
       SELECT l.product_id, l.store_id, 0, @cart_holds(l, c) FROM cart_hold_line l JOIN cart_hold c ON c.id = l.hold_id
       WHERE l.product_id IN @ids(products)) b
 GROUP BY b.product_id, b.store_id)

-- macro: cart_holds(l, c)
-- What a line l of a cart should hold: its quantity as long as the hold c has not ended.
CASE WHEN {c}.ended_at IS NULL THEN {l}.quantity ELSE 0 END

-- macro: cart_miscounts(l, c)
-- Whether a line l of a cart counts something else than its hold c says, or until another time.
({l}.counted_hold <> @cart_holds({l}, {c})
 OR coalesce({l}.hold_until, 0) <> CASE WHEN {c}.ended_at IS NULL THEN {c}.hold_until ELSE 0 END)

-- macro: hold_is_over(i, now = :now)
-- Whether the time of an item's hold is over at the time ``now``. Where it is asked together with the product, write the product
-- as an expression: the index on the time leads to few items, the one on the product to all that were ever sold.
{i}.hold_until <= {now}

-- macro: live_hold(i)
-- What an item holds at :now; a hold whose time is over holds nothing, even before it is ended.
CASE WHEN @hold_is_over({i}) THEN 0 ELSE {i}.counted_hold END
