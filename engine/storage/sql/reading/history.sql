-- An item and what it went through.

-- name: item_by_id
-- An item with what it refers to.
SELECT i.id, i.order_id, o.reference AS order_reference, s.name AS store, i.store_id, i.reference, p.sku,
       i.product_id, i.quantity, i.state_id, i.step, i.state_since, i.left_at, i.counted_reserved, i.counted_hold,
       i.hold_until, i.warehouse_id, w.name AS warehouse, i.line, i.split_from, i.split_run_id, i.split_quantity,
       i.amended_out
FROM order_item i JOIN sales_order o ON o.id = i.order_id JOIN store s ON s.id = i.store_id
JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.id = :item

-- name: archived_item_by_id
-- An archived item with what it refers to.
SELECT i.id, i.order_id, o.reference AS order_reference, s.name AS store, i.store_id, i.reference, p.sku,
       i.product_id, i.quantity, i.state_id, i.step, i.state_since, i.left_at, @counting_nothing,
       i.warehouse_id, w.name AS warehouse, i.line, i.split_from, i.split_run_id, i.split_quantity,
       i.amended_out
FROM archived_item i JOIN archived_order o ON o.id = i.order_id JOIN store s ON s.id = i.store_id
JOIN product p ON p.id = i.product_id LEFT JOIN warehouse w ON w.id = i.warehouse_id
WHERE i.id = :item

-- macro: lineage(items = order_item)
-- An item, and those that it was split from with the run that it went with: what they did before is its history too.
(
    SELECT i.id, CAST(NULL AS bigint) FROM {items} i WHERE i.id = :item
    UNION ALL
    SELECT p.split_from, p.split_run_id FROM lineage l JOIN {items} p ON p.id = l.item_id
    WHERE p.split_from IS NOT NULL)

-- name: item_lineage
-- An item and those that it was split from, the oldest last.
WITH RECURSIVE lineage(item_id, until) AS @lineage
SELECT item_id FROM lineage ORDER BY item_id DESC

-- macro: run_told(r)
-- What is told of a run.
{r}.id, {r}.at, {r}.trigger, {r}.event, {r}.source_id, {r}.target_id, {r}.outcome, {r}.command, {r}.command_key,
{r}.conditions, {r}.data, {r}.error, {r}.duration_us, {r}.host, {r}.correlation, {r}.items, {r}.actor, {r}.reason

-- name: item_runs
-- The runs an item took part in, oldest first.
WITH RECURSIVE lineage(item_id, until) AS @lineage
SELECT @run_told(r), p.id AS part, p.split_from, p.split_quantity
FROM lineage l JOIN item_history h ON h.item_id = l.item_id AND (l.until IS NULL OR h.run_id < l.until)
JOIN transition_run r ON r.id = h.run_id
LEFT JOIN order_item p ON p.id = h.item_id AND p.split_run_id = r.id ORDER BY r.id

-- name: item_parts
-- The runs with which parts of an item have gone, oldest first.
WITH RECURSIVE lineage(item_id, until) AS @lineage
SELECT @run_told(r), p.id AS part, p.split_from, p.split_quantity
FROM lineage l JOIN order_item p ON p.split_from = l.item_id AND (l.until IS NULL OR p.split_run_id < l.until)
JOIN transition_run r ON r.id = p.split_run_id
WHERE p.order_id = :order ORDER BY r.id, p.id

-- name: archived_item_lineage
-- An archived item and those that it was split from, the oldest last.
WITH RECURSIVE lineage(item_id, until) AS @lineage(archived_item)
SELECT item_id FROM lineage ORDER BY item_id DESC

-- name: archived_item_runs
-- The runs an archived item took part in, oldest first.
WITH RECURSIVE lineage(item_id, until) AS @lineage(archived_item)
SELECT @run_told(r), p.id AS part, p.split_from, p.split_quantity
FROM lineage l JOIN archived_history h ON h.item_id = l.item_id AND (l.until IS NULL OR h.run_id < l.until)
JOIN transition_run r ON r.id = h.run_id
LEFT JOIN archived_item p ON p.id = h.item_id AND p.split_run_id = r.id ORDER BY r.id

-- name: archived_item_parts
-- The runs with which parts of an archived item have gone, oldest first.
WITH RECURSIVE lineage(item_id, until) AS @lineage(archived_item)
SELECT @run_told(r), p.id AS part, p.split_from, p.split_quantity
FROM lineage l JOIN archived_item p ON p.split_from = l.item_id AND (l.until IS NULL OR p.split_run_id < l.until)
JOIN transition_run r ON r.id = p.split_run_id
WHERE p.order_id = :order ORDER BY r.id, p.id
