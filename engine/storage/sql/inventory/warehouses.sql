-- The warehouses that hold stock.

-- name: topology_warehouses
-- Every warehouse.
SELECT id, name, active FROM warehouse
