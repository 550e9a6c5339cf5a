-- The schema of the database, its time, and who may change it.

-- name: schema_revision
-- The revision of the schema.
SELECT version_num FROM alembic_version

-- name: table_names
-- The tables of the database.
SELECT name FROM sqlite_master WHERE type = 'table'

-- name: table_names [postgresql]
-- The tables of the database, also those on which this user has no rights.
SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()

-- name: upgrades_one_at_a_time [postgresql]
-- Waits until nobody else changes the schema of this database; others wait until the transaction ends.
SELECT pg_advisory_xact_lock(hashtext('earmark.schema'))

-- name: database_time [postgresql]
-- The database's own time, in UTC microseconds.
SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)

-- name: fill_item_state [postgresql]
-- Which items are in which state, of all items: on SQLite that is a view.
INSERT INTO item_state (state_id, item_id) SELECT state_id, id FROM order_item
