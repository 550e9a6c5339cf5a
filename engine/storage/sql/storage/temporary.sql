-- The working sets: temporary tables of every connection that writes.

-- name: create_moving
-- The items a unit of work moves: made once per writing connection, emptied before each use.
-- What an item counts is taken along, as it is when its row is locked. group_no numbers the groups of a plan
-- (same source, target and outcome); fresh is 0 for an item that this call has already counted. stays is how much
-- of the item does when only a part goes (quantity and what is counted are those of the part), part_of the item once
-- the part has an id of its own. warehouse_id is where the item is to come from, NULL for anywhere.
CREATE TEMP TABLE IF NOT EXISTS moving (
    item_id INTEGER PRIMARY KEY,
    state_id INTEGER NOT NULL,
    step INTEGER NOT NULL,
    product_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    counted_reserved INTEGER NOT NULL,
    counted_hold INTEGER NOT NULL,
    group_no INTEGER NOT NULL DEFAULT 0,
    fresh INTEGER NOT NULL DEFAULT 1,
    stays INTEGER NOT NULL DEFAULT 0,
    part_of INTEGER,
    warehouse_id INTEGER
);

-- name: create_moving [postgresql]
-- The items a unit of work moves: made once per writing connection, emptied before each use.
-- What an item counts is taken along, as it is when its row is locked. group_no numbers the groups of a plan
-- (same source, target and outcome); fresh is 0 for an item that this call has already counted. stays is how much
-- of the item does when only a part goes (quantity and what is counted are those of the part), part_of the item once
-- the part has an id of its own. warehouse_id is where the item is to come from, NULL for anywhere.
CREATE TEMP TABLE IF NOT EXISTS moving (
    item_id BIGINT PRIMARY KEY,
    state_id BIGINT NOT NULL,
    step INTEGER NOT NULL,
    product_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    quantity BIGINT NOT NULL,
    counted_reserved BIGINT NOT NULL,
    counted_hold BIGINT NOT NULL,
    group_no INTEGER NOT NULL DEFAULT 0,
    fresh SMALLINT NOT NULL DEFAULT 1,
    stays BIGINT NOT NULL DEFAULT 0,
    part_of BIGINT,
    warehouse_id BIGINT
);

-- name: create_pair_delta
-- By how much the reservation of a (product, store) changes in this unit of work (new minus stored).
CREATE TEMP TABLE IF NOT EXISTS pair_delta (
    product_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (product_id, store_id)
) WITHOUT ROWID;

-- name: create_pair_delta [postgresql]
-- By how much the reservation of a (product, store) changes in this unit of work (new minus stored).
CREATE TEMP TABLE IF NOT EXISTS pair_delta (
    product_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (product_id, store_id)
);

-- name: create_warehouse_delta
-- By how much what is promised at a warehouse, of a (product, store), changes in this unit of work (new minus stored).
CREATE TEMP TABLE IF NOT EXISTS warehouse_delta (
    product_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    warehouse_id INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    held INTEGER NOT NULL,
    PRIMARY KEY (product_id, store_id, warehouse_id)
) WITHOUT ROWID;

-- name: create_warehouse_delta [postgresql]
-- By how much what is promised at a warehouse, of a (product, store), changes in this unit of work (new minus stored).
CREATE TEMP TABLE IF NOT EXISTS warehouse_delta (
    product_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    warehouse_id BIGINT NOT NULL,
    reserved BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (product_id, store_id, warehouse_id)
);

-- name: create_touched
-- The (product, store) whose availability this unit of work may change, with their values before it.
CREATE TEMP TABLE IF NOT EXISTS touched (
    product_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    available INTEGER NOT NULL,
    never_out_of_stock INTEGER NOT NULL,
    shortfall INTEGER NOT NULL,
    PRIMARY KEY (product_id, store_id)
) WITHOUT ROWID;

-- name: create_touched [postgresql]
-- The (product, store) whose availability this unit of work may change, with their values before it.
CREATE TEMP TABLE IF NOT EXISTS touched (
    product_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    available BIGINT NOT NULL,
    never_out_of_stock BIGINT NOT NULL,
    shortfall BIGINT NOT NULL,
    PRIMARY KEY (product_id, store_id)
);

-- name: create_touched_abstract
-- The abstract products this unit of work changes, with the version of their last event before it.
CREATE TEMP TABLE IF NOT EXISTS touched_abstract (
    abstract_id INTEGER NOT NULL,
    store_id INTEGER NOT NULL,
    available INTEGER NOT NULL,
    never_out_of_stock INTEGER NOT NULL,
    event_version INTEGER NOT NULL,
    PRIMARY KEY (abstract_id, store_id)
) WITHOUT ROWID;

-- name: create_touched_abstract [postgresql]
-- The abstract products this unit of work changes, with the version of their last event before it.
CREATE TEMP TABLE IF NOT EXISTS touched_abstract (
    abstract_id BIGINT NOT NULL,
    store_id BIGINT NOT NULL,
    available BIGINT NOT NULL,
    never_out_of_stock BIGINT NOT NULL,
    event_version BIGINT NOT NULL,
    PRIMARY KEY (abstract_id, store_id)
);
