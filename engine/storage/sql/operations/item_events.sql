-- Rows of events: which items they are for, and what was taken before.

-- name: items_of_references
-- The items that have these references in these orders.
SELECT r.order_reference, r.reference, i.id, i.order_id, i.line, i.state_id
FROM @records(rows: order_reference text, reference text) r JOIN sales_order o ON o.reference = r.order_reference
JOIN order_item i ON i.order_id = o.id AND i.reference = r.reference

-- name: items_referenced
-- The items that have these references, in whatever order. It looks at all items.
SELECT i.reference, i.id, i.order_id, i.line, i.state_id FROM order_item i WHERE i.reference IN @texts(references)

-- name: known_orders
-- Which of these references are orders.
SELECT o.reference FROM sales_order o WHERE o.reference IN @texts(references)

-- name: events_taken
-- How often items have moved by each event that a call has fired.
SELECT h.item_id, r.event, count(*) AS times FROM item_history h JOIN transition_run r ON r.id = h.run_id
WHERE h.item_id IN @ids(items) AND r.outcome = 'moved' AND r.trigger = 'api' AND r.correlation = :correlation
GROUP BY h.item_id, r.event

-- name: event_behind
-- Which of these items have moved by an event some time.
SELECT DISTINCT h.item_id FROM item_history h JOIN transition_run r ON r.id = h.run_id
WHERE h.item_id IN @ids(items) AND r.outcome = 'moved' AND r.event = :event

-- name: states_stood_in
-- Where these items stand.
SELECT id, state_id FROM order_item WHERE id IN @ids(items)
