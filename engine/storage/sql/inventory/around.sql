-- What stands around products, and who may change it.

-- name: topology_alone
-- Whoever changes the topology waits for everybody who changes amounts: here a writer is alone as it is.
SELECT 1

-- name: topology_alone [postgresql]
-- Whoever changes the topology waits for everybody who changes amounts, and these wait for it, as do others who change
-- the topology: what is stored of a product follows from the topology, and new products and stores get rows for each
-- other. The number is arbitrary and nothing but the ledger uses it.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(5370010938)) l

-- name: topology_categories
-- Every category with the one above it.
SELECT c.name, o.name AS parent FROM category c LEFT JOIN category o ON o.id = c.parent_id
