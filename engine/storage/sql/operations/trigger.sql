-- Triggering an event for items, or for all items of a state.

-- name: moving_add_state
-- Take the next items of one state, in id order.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM order_item i
WHERE i.state_id = :state AND i.id > :after ORDER BY i.id LIMIT :size @lock(i)

-- name: moving_add_state [postgresql]
-- Take the next items of one state, in id order. The state is asked again of the item itself: one that was
-- moved while the statement waited for its lock is left out.
INSERT INTO moving (@taken_as)
SELECT @taken(i) FROM item_state s JOIN order_item i ON i.id = s.item_id
WHERE s.state_id = :state AND i.state_id = :state AND s.item_id > :after ORDER BY s.item_id LIMIT :size @lock(i)
