-- A chunk of items on its way to another version, or back.

-- macro: own_step(d)
-- Whether an automatic step was made due by the migration whose runs have the correlation :own, and nobody has tried it.
{d}.attempts = 0 AND EXISTS
    (SELECT 1 FROM transition_run r WHERE r.id = {d}.run_id AND r.trigger = 'migrate' AND r.correlation = :own)

-- name: first_items_of_state
-- The first items of a state.
SELECT item_id FROM item_state WHERE state_id = :state ORDER BY item_id LIMIT :size

-- name: migrated_items
-- The next items that a migration moved out of a state, as plugins see them once they are back there.
SELECT @item(i, 1, g.state_since)
FROM migration_item g JOIN order_item i ON i.id = g.item_id
WHERE g.migration_id = :migration AND g.source_id = :source AND g.item_id > :after AND g.step > 0
ORDER BY g.item_id LIMIT :size

-- name: migrated_sources
-- The states that the items of a migration came from and that have not been taken back, with their number.
SELECT source_id, count(*) AS items FROM migration_item WHERE migration_id = :migration AND step > 0
GROUP BY source_id ORDER BY source_id

-- name: moving_not_moved_since
-- Items of the working set that were migrated out of a state and have not moved since. What is known of them is locked,
-- or a purge might forget it meanwhile.
SELECT g.item_id FROM moving m JOIN migration_item g ON g.item_id = m.item_id
WHERE g.migration_id = :migration AND g.source_id = :source AND g.step = m.step
ORDER BY g.item_id @lock(g)

-- name: moving_due_elsewhere
-- Items of the working set whose automatic step is due and is not the one of the state they are to come to.
-- One that the migration itself made due, which is taken back, is no obstacle.
SELECT m.item_id, d.event FROM moving m JOIN due_step d ON d.item_id = m.item_id AND d.step = m.step
WHERE d.stuck_at IS NULL AND d.event <> :event AND NOT (@own_step(d))

-- name: moving_group_holds
-- Put the items of the working set that hold into a group of their own.
UPDATE moving SET group_no = :group WHERE counted_hold <> 0

-- name: moving_group_reserving
-- Put the items of the working set that reserve into a group of their own.
UPDATE moving SET group_no = :group WHERE counted_reserved <> 0

-- name: moving_group_ended_holds
-- Put the items of the working set whose hold a migration ended into a group of their own. Of its runs, which have the
-- correlation :own, an item's last one counts: it may have been moved before, and taken back.
UPDATE moving SET group_no = :group WHERE item_id IN
    (SELECT h.item_id FROM moving m CROSS JOIN item_history h CROSS JOIN transition_run r
     WHERE h.item_id = m.item_id AND r.id = h.run_id AND r.trigger = 'migrate' AND r.correlation = :own
     GROUP BY h.item_id HAVING max(CASE WHEN r.data LIKE '%"holds_ended"%' THEN r.id ELSE 0 END) = max(r.id))

-- name: migration_change
-- By how much the reservation changes per group of the working set, and what the groups ask for in all.
SELECT group_no, sum(@counts_reserved(:reserved, quantity) - counted_reserved) AS reserved,
       sum(@change_held(:keep_hold, counted_hold)) AS held, sum(quantity) AS quantity
FROM moving GROUP BY group_no

-- name: insert_migration_items
-- Remember where the items of a group stood, since when, and the step they are about to take.
INSERT INTO migration_item (migration_id, item_id, source_id, state_since, step)
SELECT :migration, i.id, i.state_id, i.state_since, i.step + 1 FROM moving m JOIN order_item i ON i.id = m.item_id
WHERE m.group_no = :group
ON CONFLICT (migration_id, item_id) DO UPDATE SET source_id = excluded.source_id,
    state_since = excluded.state_since, step = excluded.step

-- name: migrate_group
-- Move the items of a group to a state of another version. In a state of the same name the time goes on.
@move_items(last_run_id = :run, state_since = CASE WHEN :goes_on = 1 THEN state_since ELSE :now END, @set_counts)

-- name: migrate_group_back
-- Move the items of a group back to where they stood, since the time they had stood there.
@move_items(last_run_id = :run, @set_counts,
    state_since = (SELECT g.state_since FROM migration_item g
                   WHERE g.migration_id = :migration AND g.item_id = order_item.id))

-- name: collect_taken_holds
-- By how much the hold changes when the items of a group hold their quantity.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT product_id, store_id, 0, sum(quantity - counted_hold)
FROM moving WHERE group_no = :group GROUP BY product_id, store_id
ON CONFLICT (product_id, store_id) DO UPDATE SET held = pair_delta.held + excluded.held

-- name: collect_named_taken_holds
-- By how much what is held at single warehouses changes when the items of a group hold their quantity.
INSERT INTO warehouse_delta (product_id, store_id, warehouse_id, reserved, held)
SELECT product_id, store_id, warehouse_id, 0, sum(quantity - counted_hold)
FROM moving WHERE group_no = :group AND warehouse_id IS NOT NULL GROUP BY product_id, store_id, warehouse_id
@add_named

-- name: restore_holds
-- Take up the holds of a group again, until the time that counts from the placement of the order.
UPDATE order_item SET counted_hold = quantity,
    hold_until = (SELECT o.placed_at + CAST(:timeout AS bigint) FROM sales_order o WHERE o.id = order_item.order_id)
WHERE id IN @group

-- name: begin_holds
-- Let the items of a group hold their quantity until this time.
UPDATE order_item SET counted_hold = quantity, hold_until = CAST(:until AS bigint) WHERE id IN @group

-- name: drop_other_timeouts
-- Drop the timeouts of a group, but for these events.
DELETE FROM item_timeout WHERE item_id IN @group
  AND event NOT IN @texts(events)

-- name: drop_other_due_steps
-- Drop the automatic steps of a group, but for the one of this event at the step the items stand at. One that
-- the migration itself made due, which is taken back, goes too.
DELETE FROM due_step WHERE item_id IN
    (SELECT d.item_id FROM moving m JOIN due_step d ON d.item_id = m.item_id
     WHERE m.group_no = :group AND (d.event <> :event OR d.step <> m.step OR @own_step(d)))

-- name: set_missing_due_steps
-- Note the automatic step of the items of a group that have none due.
INSERT INTO due_step (item_id, step, event, due_at, run_id, chain)
SELECT m.item_id, i.step, :event, :due, :run, 1 FROM moving m JOIN order_item i ON i.id = m.item_id
WHERE m.group_no = :group
ON CONFLICT (item_id) DO NOTHING

-- name: mark_items_undone
-- The items of the working set are back where they stood: the sign of the step tells so.
UPDATE migration_item SET step = -step
WHERE migration_id = :migration AND step > 0 AND item_id IN (SELECT item_id FROM moving)

-- name: restep_migrated_items
-- Items that are taken back stand again where another migration had left them: it can be undone in turn.
UPDATE migration_item SET step = step + 2
WHERE migration_id IN
    (SELECT o.id FROM migration g JOIN migration o ON o.process_id = g.process_id AND o.id <> g.id
     WHERE g.id = :migration)
  AND item_id IN (SELECT item_id FROM moving)
  AND step = (SELECT m.step - 1 FROM moving m WHERE m.item_id = migration_item.item_id)
