-- Parts of items: what goes becomes an item of its own, with a new id, and what stays keeps its own.

-- macro: share(counted, quantity)
-- What a part of the quantity takes along of what its item counts: as much as it is, as far as that is there.
CASE WHEN {counted} < {quantity} THEN {counted} ELSE {quantity} END

-- macro: insert_parts(since, reserved, hold, until)
-- Add the parts of a group, in the state :target that they come to, with what they count there. What of their item
-- stays is known already: in the line, a part lies behind it.
INSERT INTO order_item (id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id, step,
    state_since, last_run_id, left_at, split_from, split_run_id, split_quantity, split_start,
    amended_out, counted_reserved, counted_hold, hold_until)
SELECT m.item_id, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.reference, i.line, m.quantity, :target,
    m.step + 1, {since}, :run,
    CASE WHEN :left = 1 THEN coalesce(i.left_at, i.state_since) WHEN :stays = 1 THEN i.left_at ELSE NULL END,
    m.part_of, :run, m.quantity, coalesce(i.split_start, 0) + i.quantity, i.amended_out,
    {reserved}, {hold}, {until}
FROM moving m CROSS JOIN order_item i WHERE m.group_no = :group AND i.id = m.part_of

-- macro: insert_parts(since, reserved, hold, until) [postgresql]
-- Add the parts of a group, in the state :target that they come to, here and in the table of who is where. What of
-- their item stays is known already: in the line, a part lies behind it.
WITH parted AS (
    INSERT INTO order_item (id, order_id, store_id, product_id, warehouse_id, reference, line, quantity, state_id, step,
        state_since, last_run_id, left_at, split_from, split_run_id, split_quantity, split_start,
        amended_out, counted_reserved, counted_hold, hold_until)
    SELECT m.item_id, i.order_id, i.store_id, i.product_id, i.warehouse_id, i.reference, i.line, m.quantity,
        CAST(:target AS bigint), m.step + 1, {since}, CAST(:run AS bigint),
        CASE WHEN :left = 1 THEN coalesce(i.left_at, i.state_since) WHEN :stays = 1 THEN i.left_at ELSE NULL END,
        m.part_of, CAST(:run AS bigint), m.quantity, coalesce(i.split_start, 0) + i.quantity, i.amended_out,
        {reserved}, {hold}, {until}
    FROM moving m JOIN order_item i ON i.id = m.part_of WHERE m.group_no = :group
    RETURNING id, state_id)
INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM parted

-- macro: parted
-- The items of which the parts of a group go.
(SELECT p.part_of FROM moving p WHERE p.group_no = :group)

-- name: parts_asked
-- Of how much a part is asked for, and the unit of its product, if it has one.
SELECT i.id, i.quantity, p.sku, u.name AS unit, u.step
FROM order_item i JOIN product p ON p.id = i.product_id LEFT JOIN unit u ON u.id = @unit_of(p)
WHERE i.id IN @ids(items) ORDER BY i.id

-- macro: take_parts(quantity, group, fresh)
-- Take parts of the items i: so much of each, with its share of what the item counts.
INSERT INTO moving (item_id, state_id, step, product_id, store_id, quantity, counted_reserved, counted_hold, stays,
    group_no, fresh, warehouse_id)
SELECT i.id, i.state_id, i.step, i.product_id, i.store_id, {quantity}, @share(i.counted_reserved, {quantity}),
    @share(i.counted_hold, {quantity}), i.quantity - {quantity}, {group}, {fresh}, i.warehouse_id

-- name: moving_add_parts
-- Take so much of each of these items, as far as they stand at the step (-1: at any).
@take_parts(CAST(:quantity AS bigint), CAST(:group AS integer), CAST(:fresh AS smallint))
FROM @ids(items) r JOIN order_item i ON i.id = r.value
WHERE (i.step = :step OR :step < 0) ORDER BY i.id @lock(i)

-- name: moving_add_parts_each
-- The same for items that differ in anything.
@take_parts(r.quantity, r.group_no, r.fresh)
FROM @records(parts: id int, quantity int, step int, group_no int, fresh int) r JOIN order_item i ON i.id = r.id
WHERE (i.step = r.step OR r.step < 0) ORDER BY i.id @lock(i)

-- name: moving_too_much
-- Items of the working set that are less than was to go of them.
SELECT item_id, quantity, quantity + stays AS there FROM moving WHERE stays < 0 ORDER BY item_id

-- name: moving_too_fine
-- Items of the working set of which a part goes that is finer than the unit of its product.
SELECT m.item_id AS id, m.quantity, p.sku, u.name AS unit, u.step
FROM moving m CROSS JOIN product p CROSS JOIN unit u
WHERE EXISTS (SELECT 1 FROM unit k WHERE k.step > 1)
  AND m.stays <> 0 AND p.id = m.product_id AND u.id = @unit_of(p) AND m.quantity % u.step <> 0
ORDER BY m.item_id

-- name: moving_parts_of_state
-- How much goes of the items in a state of which only a part does.
SELECT item_id, quantity FROM moving WHERE state_id = :state AND stays > 0 ORDER BY item_id

-- name: moving_parts_by_state
-- Of how many items in each state of the working set only a part goes, and whether that is all of them.
SELECT state_id, count(*) AS items, sum(CASE WHEN stays > 0 THEN 1 ELSE 0 END) AS parts FROM moving GROUP BY state_id

-- name: moving_group_parts
-- Put the items of a state of which only a part goes into a group of the plan.
UPDATE moving SET group_no = :group WHERE state_id = :state AND stays > 0

-- name: moving_divide
-- Let the working set have parts in place of their items, each under an id of its own.
UPDATE moving SET item_id = r.part, part_of = r.id
FROM (SELECT m.item_id AS id, (SELECT max(id) FROM order_item) + row_number() OVER (ORDER BY m.item_id) AS part
      FROM moving m WHERE m.stays > 0 AND m.group_no IN @ids(groups)) r
WHERE moving.item_id = r.id

-- name: moving_divide [postgresql]
-- Let the working set have parts in place of their items, each under an id of its own.
UPDATE moving SET part_of = item_id,
    item_id = nextval(CAST((SELECT pg_get_serial_sequence('order_item', 'id')) AS regclass))
WHERE stays > 0 AND group_no IN @ids(groups)

-- name: part_rests
-- What stays of the items is less by their parts. It is a step: whoever has planned something for all of it finds that
-- it is not what it was.
UPDATE order_item SET quantity = m.stays, step = order_item.step + 1,
    counted_reserved = order_item.counted_reserved - m.counted_reserved,
    counted_hold = order_item.counted_hold - m.counted_hold
FROM moving m WHERE m.part_of = order_item.id

-- name: moving_parts
-- The parts of the working set: whose they are, and how much of these stays.
SELECT item_id, part_of, group_no, quantity, stays FROM moving WHERE part_of IS NOT NULL ORDER BY item_id

-- name: moving_add_rests
-- Take what stays of items along, each in a group of the plan; the call has counted them with their parts.
INSERT INTO moving (@taken_as, group_no, fresh)
SELECT @taken(i), r.group_no, 0 FROM @records(rests: id int, group_no int) r JOIN order_item i ON i.id = r.id

-- name: part_migrations
-- A part was migrated with its item. It has moved since.
INSERT INTO migration_item (migration_id, item_id, source_id, state_since, step)
SELECT g.migration_id, m.item_id, g.source_id, g.state_since, g.step
FROM migration x CROSS JOIN moving m CROSS JOIN migration_item g
WHERE g.migration_id = x.id AND g.item_id = m.part_of AND m.group_no = :group

-- name: rest_migrations
-- What stays of an item has not moved since it was migrated, if the item had not.
UPDATE migration_item SET step = step + 1
WHERE EXISTS (SELECT 1 FROM migration)
  AND migration_id IN (SELECT id FROM migration) AND item_id IN @parted
  AND step = (SELECT i.step - 1 FROM order_item i WHERE i.id = migration_item.item_id)

-- name: rest_due_steps
-- What stays of an item has its automatic step still before it.
UPDATE due_step SET step = step + 1 WHERE item_id IN @parted

-- name: rest_sweep_failures
-- What stays of an item waits as it did until its conditions are asked again.
UPDATE sweep_failure SET step = step + 1 WHERE item_id IN @parted

-- name: part_timeouts
-- Parts that stay in their state have the timeouts of their items.
INSERT INTO item_timeout (item_id, event, due_at, attempts, error_code, error)
SELECT m.item_id, t.event, t.due_at, t.attempts, t.error_code, t.error
FROM moving m CROSS JOIN item_timeout t WHERE m.group_no = :group AND t.item_id = m.part_of

-- name: part_due_steps
-- Parts that stay in their state have its automatic step before them, as their items do.
INSERT INTO due_step (item_id, step, event, due_at, run_id, chain, attempts, error_code, error, stuck_at)
SELECT m.item_id, m.step + 1, d.event, d.due_at, d.run_id, d.chain, d.attempts, d.error_code, d.error, d.stuck_at
FROM moving m CROSS JOIN due_step d WHERE m.group_no = :group AND d.item_id = m.part_of

-- name: enter_parts
-- Parts come to a state that counts as the one before.
@insert_parts(CASE WHEN :stays = 1 THEN i.state_since ELSE :now END, m.counted_reserved, m.counted_hold, i.hold_until)

-- name: enter_parts_counting
-- Parts come to a state that counts differently from the one before.
@insert_parts(:now, @counts_reserved(:reserved, m.quantity), CASE WHEN :keep_hold = 1 THEN m.counted_hold ELSE 0 END,
    CASE WHEN :keep_hold = 1 THEN i.hold_until ELSE NULL END)
