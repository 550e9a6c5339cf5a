-- Items that warehouses reject.

-- name: reject_allocations
-- The warehouses that were chosen for these items have rejected them.
UPDATE allocation SET rejected_at = :now, rejected_because = :reason
WHERE rejected_at IS NULL AND warehouse_id IS NOT NULL AND item_id IN @ids(items)
  AND warehouse_id = (SELECT i.warehouse_id FROM order_item i WHERE i.id = allocation.item_id)

-- name: note_rejections
-- Keep that warehouses have rejected items which nobody has allocated there: a line or a command has named them.
INSERT INTO allocation (item_id, warehouse_id, quantity, at, cause, reason, rejected_at, rejected_because, actor)
SELECT i.id, i.warehouse_id, i.quantity, :now, 'named', CAST(:told AS text), :now, :reason, CAST(:actor AS text)
FROM order_item i
WHERE i.id IN @ids(items) AND i.warehouse_id IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM allocation a WHERE a.item_id = i.id AND a.warehouse_id = i.warehouse_id AND a.rejected_at IS NOT NULL)
