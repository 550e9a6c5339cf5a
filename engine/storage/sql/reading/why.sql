-- What an item waits for.

-- name: claim_of_item
-- The claim on an item, live or expired.
SELECT holder, event, step, claimed_at, expires_at FROM item_claim WHERE item_id = :item

-- name: due_step_of_item
-- The automatic step an item is due to take.
SELECT event, step, due_at, attempts, error_code, error, stuck_at FROM due_step WHERE item_id = :item

-- name: timeouts_of_item
-- The timeouts of an item.
SELECT event, due_at, attempts, error_code, error FROM item_timeout WHERE item_id = :item ORDER BY due_at, event

-- name: sweep_failure_of_item
-- Why the eventless transitions of an item could not be tried.
SELECT step, due_at, attempts, error_code, error, stuck_at FROM sweep_failure WHERE item_id = :item

-- name: command_call_of_item
-- The open command call an item is a member of.
SELECT c.key, c.command, c.event, c.started_at, m.step,
       (SELECT count(*) FROM command_member o WHERE o.command_run_id = c.id) AS members
FROM command_member m JOIN command_run c ON c.id = m.command_run_id WHERE m.item_id = :item

-- name: answers_of_item
-- What conditions said of an item in its present state, newest first.
SELECT r.at, r.event, r.conditions FROM item_history h JOIN transition_run r ON r.id = h.run_id
WHERE h.item_id = :item AND r.source_id = :state AND r.at >= :since AND r.conditions IS NOT NULL
ORDER BY r.id DESC LIMIT 100

-- name: counts_for_item
-- The warehouses whose counts release an item, with the time of their last count of its product, if they have it.
SELECT w.name, @counted_at(k, w) AS counted_at, CASE WHEN k.product_id IS NULL THEN 0 ELSE 1 END AS has_product FROM order_item i
JOIN warehouse w ON @counts_for(i, w)
LEFT JOIN stock k ON k.product_id = i.product_id AND k.warehouse_id = w.id
WHERE i.id = :item ORDER BY w.name

-- name: item_fields
-- One item as plugins see it.
SELECT @item(i)
FROM order_item i WHERE i.id = :item
