-- What other databases tell, and how it becomes what their stores reserve here.

-- name: exchange_tell
-- Keep what is told of these (store, sku) where it is newer than what is known.
INSERT INTO exchange_told
    (store, sku, bucket, origin, epoch, version, reserved, held, counted_at, told_at, waiting)
SELECT r.store, r.sku, r.bucket, :origin, :epoch, r.version, r.reserved, r.held, r.counted_at, :now, 1
FROM @records(rows: store text, sku text, bucket int, version int, reserved int, held int, counted_at int) r
WHERE true ORDER BY r.store, r.sku
ON CONFLICT (store, sku) DO UPDATE SET origin = excluded.origin, epoch = excluded.epoch, version = excluded.version,
    reserved = excluded.reserved, held = excluded.held, counted_at = excluded.counted_at,
    told_at = excluded.told_at, waiting = 1
WHERE excluded.origin <> exchange_told.origin OR excluded.epoch > exchange_told.epoch
   OR excluded.epoch = exchange_told.epoch AND excluded.version > exchange_told.version

-- macro: told_of(store, sku)
-- What is told (t) of a store and a product.
JOIN exchange_told t ON t.store = {store} AND t.sku = {sku}

-- macro: told_of(store, sku) [postgresql]
-- What is told (t) of a store and a product. Each is looked up by its key: left to choose, the server reads all that is
-- known of the database for each of them.
CROSS JOIN LATERAL (SELECT k.* FROM exchange_told k WHERE k.store = {store} AND k.sku = {sku} OFFSET 0) t

-- name: exchange_ahead
-- Of these (store, sku), what is known of the same epoch and is newer than what was told, or other in that version.
SELECT t.store, t.sku, t.version, t.reserved, t.held
FROM @records(rows: store text, sku text, version int, reserved int, held int) r @told_of(r.store, r.sku)
WHERE t.origin = :origin AND t.epoch = :epoch
  AND (t.version > r.version
       OR t.version = r.version AND (t.reserved <> r.reserved OR t.held <> r.held))
ORDER BY t.store, t.sku

-- name: exchange_unlisted
-- What is known of a store in these buckets, beside the skus that are listed.
SELECT t.sku, t.bucket, t.epoch, t.version, t.reserved, t.held FROM exchange_told t
WHERE t.store = :store AND t.origin = :origin AND t.bucket IN @ids(buckets) AND (t.reserved <> 0 OR t.held <> 0)
  AND t.sku NOT IN @texts(skus) ORDER BY t.sku

-- name: exchange_known_amounts
-- What is known of a store of another database, of every product where that is not nothing.
SELECT sku, reserved, held FROM exchange_told
WHERE store = :store AND origin = :origin AND (reserved <> 0 OR held <> 0)

-- name: exchange_known
-- The ids of these (store, sku), as far as they are known here, and the store as one of another database.
SELECT p.id AS product_id, s.id AS store_id FROM @records(pairs: store text, sku text) r
JOIN store s ON s.name = r.store AND s.remote = 1 JOIN product p ON p.sku = r.sku
ORDER BY p.id, s.id

-- name: exchange_waiting
-- The next (store, sku) of which something was told that the reservation does not say yet, as far as both are known.
-- They are locked before availability is, as by whoever takes a message of them.
SELECT t.store, t.sku, p.id AS product_id, s.id AS store_id FROM exchange_told t
JOIN store s ON s.name = t.store AND s.remote = 1 JOIN product p ON p.sku = t.sku
WHERE t.waiting = 1 AND (t.store, t.sku) > (:store, :sku)
ORDER BY t.store, t.sku LIMIT :size @lock(t)

-- name: exchange_some_waiting
-- Whether anything that was told waits.
SELECT 1 FROM exchange_told WHERE waiting = 1 LIMIT 1

-- macro: applied(pairs)
-- What is told of the (product, store) of the rows r, beside what the reservation says (without the margin). A decrease
-- awaits (1) until all its warehouses here were counted as late as it was there, or for as long as such a thing is awaited:
-- what was shipped there is in the stock here until then.
(SELECT v.product_id, v.store_id, t.store, t.sku, t.reserved, t.held,
        v.reserved AS now_reserved, v.held - v.margin AS now_held,
        CASE WHEN t.told_at > :since AND t.reserved + t.held < v.reserved + v.held - v.margin AND t.counted_at >
                 (SELECT min(coalesce(@counted_at(k, w), 0)) FROM store_sharing x
                  JOIN store o ON o.id = x.store_id AND o.remote = 0
                  JOIN store_warehouse l ON l.store_id = x.store_id
                  JOIN warehouse w ON w.id = l.warehouse_id AND w.active = 1
                  JOIN stock k ON k.product_id = v.product_id AND k.warehouse_id = l.warehouse_id
                  WHERE x.other_id = v.store_id) THEN 1 ELSE 0 END AS awaits
 FROM {pairs} r JOIN reservation v ON v.product_id = r.product_id AND v.store_id = r.store_id
 JOIN product p ON p.id = v.product_id JOIN store s ON s.id = v.store_id AND s.remote = 1
 @told_of(s.name, p.sku))

-- macro: grown(told, known, awaits)
-- What is told; while something is awaited no less than what is known.
CASE WHEN {awaits} = 1 AND {told} < {known} THEN {known} ELSE {told} END

-- name: exchange_collect
-- By how much the reservations of these (product, store) differ from what is told of them.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT a.product_id, a.store_id, @grown(a.reserved, a.now_reserved, a.awaits) - a.now_reserved,
       @grown(a.held, a.now_held, a.awaits) - a.now_held
FROM @applied(@records(pairs: product_id int, store_id int)) a
WHERE @grown(a.reserved, a.now_reserved, a.awaits) <> a.now_reserved
   OR @grown(a.held, a.now_held, a.awaits) <> a.now_held

-- name: exchange_applied
-- Nothing that was told of these (product, store) waits any more where the reservation says the same.
UPDATE exchange_told SET waiting = 0
FROM @applied(@records(pairs: product_id int, store_id int)) a
WHERE exchange_told.store = a.store AND exchange_told.sku = a.sku AND exchange_told.waiting = 1
  AND a.reserved = a.now_reserved AND a.held = a.now_held

-- name: exchange_applied [postgresql]
-- Nothing that was told of these (product, store) waits any more where the reservation says the same. The rows are found
-- by their keys, and are locked or held by whoever asks.
UPDATE exchange_told SET waiting = 0 WHERE ctid = ANY (ARRAY
    (SELECT k.place FROM @applied(@records(pairs: product_id int, store_id int)) a
     CROSS JOIN LATERAL (SELECT o.ctid AS place FROM exchange_told o
                         WHERE o.store = a.store AND o.sku = a.sku AND o.waiting = 1 OFFSET 0) k
     WHERE a.reserved = a.now_reserved AND a.held = a.now_held))

-- name: exchange_keep
-- Keep a message aside that could not be taken.
INSERT INTO exchange_refused (at, reason, message, channel, body) VALUES (:now, :reason, :message, :channel, :body)

-- name: exchange_kept
-- The messages that were kept aside, oldest first.
SELECT id, at, reason, message, channel, body FROM exchange_refused WHERE id > :after ORDER BY id LIMIT :size

-- name: exchange_unkeep
-- A message that was kept aside was taken now.
DELETE FROM exchange_refused WHERE id = :id

-- name: exchange_other_margin
-- The next reservations of stores of other databases for which another margin is kept than there should be.
SELECT r.product_id, r.store_id FROM reservation r JOIN store s ON s.id = r.store_id AND s.remote = 1
WHERE r.margin <> :margin AND (r.product_id, r.store_id) > (:product, :store)
ORDER BY r.product_id, r.store_id LIMIT :size

-- name: exchange_some_margin
-- Whether a margin is kept for anything.
SELECT 1 FROM reservation WHERE margin <> 0 LIMIT 1

-- name: exchange_collect_margin
-- By how much what is held of these (product, store) changes with the margin.
INSERT INTO pair_delta (product_id, store_id, reserved, held)
SELECT v.product_id, v.store_id, 0, :margin - v.margin
FROM @records(pairs: product_id int, store_id int) r
JOIN reservation v ON v.product_id = r.product_id AND v.store_id = r.store_id WHERE v.margin <> :margin

-- name: exchange_set_margin
-- The margin that is kept for these (product, store).
UPDATE reservation SET margin = :margin FROM @records(pairs: product_id int, store_id int) r
WHERE reservation.product_id = r.product_id AND reservation.store_id = r.store_id
