-- Who takes part in the exchange: this database, the others, and the stores that each tells of.

-- macro: told_stores
-- The stores of this database that others must hear of: those that share reservations with a store elsewhere.
(SELECT s.id, s.name FROM store s WHERE s.remote = 0 AND EXISTS
    (SELECT 1 FROM store_sharing x JOIN store o ON o.id = x.other_id WHERE x.store_id = s.id AND o.remote = 1))

-- name: exchange_self
-- Who this database is to others.
SELECT origin, epoch FROM exchange_self

-- name: exchange_raise_epoch
-- Begin an epoch above every one that was known of before, unless there is such a one already.
UPDATE exchange_self SET epoch = CASE WHEN :now > :above THEN :now ELSE :above + 1 END WHERE epoch <= :above

-- name: exchange_told_stores
-- The stores of this database that others must hear of.
SELECT s.id, s.name FROM @told_stores s ORDER BY s.name

-- name: exchange_peer_epoch
-- The latest epoch of another database that was heard of.
SELECT epoch FROM exchange_peer WHERE origin = :origin

-- name: exchange_heard
-- Another database was heard of; its epoch only grows.
INSERT INTO exchange_peer (origin, epoch, heard_at) VALUES (:origin, :epoch, :now)
ON CONFLICT (origin) DO UPDATE SET heard_at = excluded.heard_at,
    epoch = CASE WHEN excluded.epoch > exchange_peer.epoch THEN excluded.epoch ELSE exchange_peer.epoch END

-- name: exchange_owners
-- Which databases told first of these stores.
SELECT store, origin FROM exchange_store WHERE store IN @texts(stores)

-- name: exchange_local
-- Which of these stores are of this database.
SELECT name FROM store WHERE remote = 0 AND name IN @texts(stores)

-- name: exchange_note_stores
-- What another database told of its stores, and when.
INSERT INTO exchange_store (store, origin, last_version, told_at, imported_at)
SELECT r.store, :origin, r.version, :told_at, :now FROM @records(stores: store text, version int) r
WHERE true ORDER BY r.store
ON CONFLICT (store) DO UPDATE SET imported_at = excluded.imported_at,
    last_version = CASE WHEN excluded.last_version > exchange_store.last_version
                        THEN excluded.last_version ELSE exchange_store.last_version END,
    told_at = CASE WHEN excluded.told_at > exchange_store.told_at
                   THEN excluded.told_at ELSE exchange_store.told_at END

-- name: exchange_others
-- The stores of other databases: those of the topology, and those that another database has told of.
SELECT s.name FROM store s WHERE s.remote = 1 UNION SELECT e.store FROM exchange_store e ORDER BY 1

-- name: exchange_forget_store
-- Forget which database told first of a store, so that another one may.
DELETE FROM exchange_store WHERE store = :store
