-- What is sent to other databases, and what became of it.

-- name: exchange_changed
-- The next reservations that others have not heard of in their present version, with the newest count of the product
-- in the warehouses of the store.
SELECT r.product_id, r.store_id, s.name AS store, p.sku, r.reserved, r.held, r.version,
       (SELECT max(@counted_at(k, w)) FROM store_warehouse l JOIN warehouse w ON w.id = l.warehouse_id AND w.active = 1
        JOIN stock k ON k.product_id = r.product_id AND k.warehouse_id = l.warehouse_id
        WHERE l.store_id = r.store_id) AS counted_at
FROM reservation r JOIN @told_stores s ON s.id = r.store_id JOIN product p ON p.id = r.product_id
WHERE r.version > r.exported_version AND (r.product_id, r.store_id) > (:product, :store)
ORDER BY r.product_id, r.store_id LIMIT :size

-- name: exchange_exported
-- These reservations were sent in these versions; a newer one that came meanwhile is still to be sent, and so are all
-- when another epoch has begun meanwhile.
UPDATE reservation SET exported_version = r.version
FROM @records(rows: product int, store int, version int) r
WHERE reservation.product_id = r.product AND reservation.store_id = r.store
  AND reservation.exported_version < r.version AND :epoch = (SELECT e.epoch FROM exchange_self e)

-- name: exchange_exported [postgresql]
-- These reservations were sent in these versions; a newer one that came meanwhile is still to be sent, and so are all
-- when another epoch has begun meanwhile. Nobody is waited for: a row that is locked is being changed, and sent again.
WITH free AS MATERIALIZED
    (SELECT v.product_id, v.store_id, r.version
     FROM @records(rows: product int, store int, version int) r
     JOIN reservation v ON v.product_id = r.product AND v.store_id = r.store AND v.exported_version < r.version
     WHERE :epoch = (SELECT e.epoch FROM exchange_self e)
     FOR NO KEY UPDATE OF v SKIP LOCKED)
UPDATE reservation SET exported_version = free.version FROM free
WHERE reservation.product_id = free.product_id AND reservation.store_id = free.store_id

-- name: exchange_unsend
-- These reservations were sent in these versions, and are to be sent again.
UPDATE reservation SET exported_version = 0
FROM @records(rows: product int, store int, version int) r
WHERE reservation.product_id = r.product AND reservation.store_id = r.store
  AND reservation.exported_version <= r.version

-- name: exchange_unsend [postgresql]
-- These reservations were sent in these versions, and are to be sent again. A row that is locked is being changed, and
-- sent again anyhow.
WITH free AS MATERIALIZED
    (SELECT v.product_id, v.store_id FROM @records(rows: product int, store int, version int) r
     JOIN reservation v ON v.product_id = r.product AND v.store_id = r.store AND v.exported_version <= r.version
     FOR NO KEY UPDATE OF v SKIP LOCKED)
UPDATE reservation SET exported_version = 0 FROM free
WHERE reservation.product_id = free.product_id AND reservation.store_id = free.store_id

-- name: exchange_unsend_all
-- Every reservation that others hear of is to be sent again.
UPDATE reservation SET exported_version = 0
WHERE exported_version <> 0 AND store_id IN (SELECT s.id FROM @told_stores s)

-- name: exchange_unsend_all [postgresql]
-- Every reservation that others hear of is to be sent again. A row that is locked is being changed, and sent again
-- anyhow.
WITH free AS MATERIALIZED
    (SELECT v.product_id, v.store_id FROM reservation v
     WHERE v.exported_version <> 0 AND v.store_id IN (SELECT s.id FROM @told_stores s)
     FOR NO KEY UPDATE OF v SKIP LOCKED)
UPDATE reservation SET exported_version = 0 FROM free
WHERE reservation.product_id = free.product_id AND reservation.store_id = free.store_id

-- name: exchange_note_sent
-- A message was sent and waits for its acknowledgement.
INSERT INTO exchange_sent (id, channel, sent_at, rows, pairs) VALUES (:id, :channel, :now, :rows, :pairs)

-- name: exchange_sent_to
-- Something was sent on this way.
INSERT INTO exchange_channel (channel, sent_at) VALUES (:channel, :now)
ON CONFLICT (channel) DO UPDATE SET sent_at = excluded.sent_at

-- name: exchange_channels
-- The ways to other databases, with what is waited for there.
SELECT c.channel, c.sent_at, c.acknowledged_at, c.unanswered, c.digest_at,
       (SELECT count(*) FROM exchange_sent m WHERE m.channel = c.channel) AS messages,
       (SELECT coalesce(sum(m.rows), 0) FROM exchange_sent m WHERE m.channel = c.channel) AS rows
FROM exchange_channel c ORDER BY c.channel

-- name: exchange_overdue
-- Messages on this way that nobody has acknowledged for too long.
SELECT id, pairs FROM exchange_sent WHERE channel = :channel AND sent_at <= :before ORDER BY sent_at LIMIT :size

-- name: exchange_sent_over
-- Messages that are no longer waited for.
DELETE FROM exchange_sent WHERE id IN @texts(messages)

-- name: exchange_sent_all_over
-- No message is waited for any more: all of it is sent again.
DELETE FROM exchange_sent

-- name: exchange_unanswered
-- Nothing was acknowledged on this way: the next time is waited longer.
UPDATE exchange_channel SET unanswered = unanswered + 1 WHERE channel = :channel

-- name: exchange_acknowledged
-- These messages were acknowledged, on the ways on which they were sent.
UPDATE exchange_channel SET unanswered = 0, acknowledged_at = :now
WHERE channel IN (SELECT m.channel FROM exchange_sent m WHERE m.id IN @texts(messages))

-- name: exchange_compare_at
-- When all amounts are compared next with what the other side has.
UPDATE exchange_channel SET digest_at = :at WHERE channel = :channel

-- name: exchange_compare_now
-- All amounts are compared with what others have at the next occasion.
UPDATE exchange_channel SET digest_at = 0

-- name: exchange_answers
-- The oldest answers that are to be sent.
SELECT id, origin, kind, payload FROM exchange_answer ORDER BY id LIMIT :size

-- name: exchange_answer
-- An answer that is to be sent.
INSERT INTO exchange_answer (origin, kind, payload, created_at) VALUES (:origin, :kind, :payload, :now)

-- name: exchange_answered
-- Answers that were sent.
DELETE FROM exchange_answer WHERE id IN @ids(answers)

-- name: exchange_store_rows
-- Every reservation of a store that ever changed.
SELECT r.product_id, r.store_id, s.name AS store, p.sku, r.reserved, r.held, r.version,
       (SELECT max(@counted_at(k, w)) FROM store_warehouse l JOIN warehouse w ON w.id = l.warehouse_id AND w.active = 1
        JOIN stock k ON k.product_id = r.product_id AND k.warehouse_id = l.warehouse_id
        WHERE l.store_id = r.store_id) AS counted_at
FROM reservation r JOIN @told_stores s ON s.id = r.store_id JOIN product p ON p.id = r.product_id
WHERE s.name = :name AND r.version > 0 ORDER BY r.product_id

-- name: exchange_own_amounts
-- What a store of this database reserves and holds, of every product where that is not nothing.
SELECT p.sku, r.reserved, r.held FROM reservation r JOIN product p ON p.id = r.product_id
WHERE r.store_id = :store AND (r.reserved > 0 OR r.held > 0)

-- name: exchange_behind
-- How many of the reservations that another database has heard of are newer than, or other than, what is here: not
-- one, unless this database was restored from a backup.
SELECT count(*) FROM @records(rows: store text, sku text, version int, reserved int, held int) r
JOIN store s ON s.name = r.store AND s.remote = 0 JOIN product p ON p.sku = r.sku
JOIN reservation v ON v.product_id = p.id AND v.store_id = s.id
WHERE r.version > v.version OR r.version = v.version AND (r.reserved <> @present(v.reserved) OR r.held <> @present(v.held))

-- macro: present(amount)
-- An amount; below zero, which is damage, it is nothing.
CASE WHEN {amount} > 0 THEN {amount} ELSE 0 END
