-- The working set: which items a unit of work moves, and what is known of them.

-- macro: taken(i)
-- What the working set takes along of an item.
{i}.id, {i}.state_id, {i}.step, {i}.product_id, {i}.store_id, {i}.quantity, {i}.counted_reserved, {i}.counted_hold,
{i}.warehouse_id

-- macro: taken_as
-- The columns of the working set for what is taken along of an item.
item_id, state_id, step, product_id, store_id, quantity, counted_reserved, counted_hold, warehouse_id

-- macro: group
-- The ids of the items of the working set that are in a group of the plan.
(SELECT item_id FROM moving WHERE group_no = :group)

-- name: clear_moving
-- Empty the working set.
DELETE FROM moving

-- name: moving_take_few
-- Take the items with these ids, in id order, and tell where they stand.
INSERT INTO moving (@taken_as) SELECT @taken(i) FROM order_item i WHERE i.id IN @ids(items) ORDER BY i.id
RETURNING item_id, state_id, 0 AS now, warehouse_id

-- name: moving_take_few [postgresql]
-- Take the items with these ids, in id order, and tell where they stand, and the time once they are locked.
INSERT INTO moving (@taken_as) SELECT @taken(i) FROM order_item i WHERE i.id IN @ids(items) ORDER BY i.id @lock(i)
RETURNING item_id, state_id, CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS bigint) AS now,
    warehouse_id

-- name: moving_add_ids
-- Take the items with these ids, in id order.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM order_item i
WHERE i.id IN @ids(items) ORDER BY i.id @lock(i)

-- name: moving_add_checked
-- Take the items of a plan that still stand at the step the plan was made for.
INSERT INTO moving (@taken_as, group_no, fresh)
SELECT @taken(i), r.group_no, r.fresh
FROM @records(plan: id int, step int, group_no int, fresh int) r JOIN order_item i ON i.id = r.id
WHERE i.step = r.step ORDER BY i.id @lock(i)

-- name: moving_add_alike
-- The same for items that a plan found at the same step and put into the same group.
INSERT INTO moving (@taken_as, group_no, fresh)
SELECT @taken(i), :group, :fresh FROM @ids(items) r JOIN order_item i ON i.id = r.value
WHERE i.step = :step ORDER BY i.id @lock(i)

-- name: moving_size
-- How many items the working set has, and whether anything is suspended.
SELECT count(*) AS items, @any_suspension AS suspended FROM moving

-- name: moving_extent
-- The working set at a glance: how many items, whether they are of one state and of one group, and whether
-- somebody else may hold a claim on any of them, or anything is suspended. And how many of them are to come from a
-- certain warehouse.
SELECT count(*) AS items, sum(fresh) AS fresh, max(item_id) AS last, min(state_id) AS first_state,
       max(state_id) AS last_state, min(group_no) AS first_group, max(group_no) AS last_group,
       (SELECT count(*) FROM item_claim c JOIN moving m ON m.item_id = c.item_id) AS claims,
       @any_suspension AS suspended, count(warehouse_id) AS named
FROM moving

-- name: moving_by_state
-- The states the working set stands in, how many items each has, and the highest id.
SELECT state_id AS key, count(*) AS items, sum(fresh) AS fresh, max(item_id) AS last FROM moving GROUP BY state_id ORDER BY state_id

-- name: moving_by_group
-- How many items each group of the plan has, and the highest id.
SELECT group_no AS key, count(*) AS items, sum(fresh) AS fresh, max(item_id) AS last FROM moving GROUP BY group_no ORDER BY group_no

-- name: moving_of_state
-- The items of the working set in one state, with the step they stand at.
SELECT item_id, step, fresh FROM moving WHERE state_id = :state ORDER BY item_id

-- name: moving_ids
-- The ids of the working set.
SELECT item_id FROM moving ORDER BY item_id

-- name: moving_group_state
-- Put all items of one state into a group of the plan.
UPDATE moving SET group_no = :group WHERE state_id = :state

-- name: moving_drop_ids
-- Leave out these items.
DELETE FROM moving WHERE item_id IN @ids(items)

-- name: moving_drop_state
-- Leave out the items of one state.
DELETE FROM moving WHERE state_id = :state
