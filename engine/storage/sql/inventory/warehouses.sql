-- The warehouses that hold stock.

-- name: topology_warehouses
-- Every warehouse.
SELECT id, name, active, type, group_id, latitude, longitude, priority FROM warehouse
