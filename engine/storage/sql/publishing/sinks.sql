-- Sinks, each with its own position in the sequence of messages.

-- name: publishing_alone
-- Only one gives messages their places in the sequence at a time: here a writer is alone as it is.
SELECT 1

-- name: publishing_alone [postgresql]
-- Only one gives messages their places in the sequence at a time. The number is arbitrary, and nothing else uses it.
SELECT 1 FROM (SELECT pg_advisory_xact_lock(5370010939)) l

-- name: sequence_last
-- The last place of the sequence that was given.
SELECT max(n.last) FROM (SELECT coalesce(max(o.sequence), 0) AS last FROM outbox o WHERE o.sequence IS NOT NULL
                         UNION ALL SELECT coalesce(max(s.position), 0) FROM sink_position s) n

-- name: sequence_give
-- Give the oldest committed messages without a place the next ones.
UPDATE outbox SET sequence = n.place
FROM (SELECT w.id, :last + row_number() OVER (ORDER BY w.id) AS place
      FROM (SELECT id FROM outbox WHERE sequence IS NULL ORDER BY id LIMIT :size) w) n
WHERE outbox.id = n.id

-- name: sink_begin
-- A sink is published to from now on, unless it is already; which messages of orders it wants is what it says now.
INSERT INTO sink_position (name, stream, position, order_events) VALUES (:name, :stream, :position, :wanted)
ON CONFLICT (name) DO UPDATE SET order_events = excluded.order_events

-- name: sink_claim
-- Have the right to hand messages to a sink, unless somebody has it.
UPDATE sink_position SET token = token + 1, holder = :holder, lease_until = :until
WHERE name = :name AND (lease_until IS NULL OR lease_until <= :now)

-- name: sink_positions
-- Every sink, and how it goes.
SELECT name, stream, position, sent_at, attempts, retry_at, failing_since, error, token, holder, lease_until, resends,
       resend, resend_abstract, resend_store, order_events FROM sink_position WHERE name <> '' ORDER BY name

-- name: sink_messages
-- The next messages behind a place of the sequence.
SELECT id, sequence, kind, payload, created_at FROM outbox WHERE sequence > :position ORDER BY sequence LIMIT :size

-- name: sink_moved
-- A sink has taken, or was spared, all messages up to a place; the lease begins anew.
UPDATE sink_position SET position = :position, sent_at = coalesce(:sent, sent_at), attempts = 0, retry_at = NULL,
    failing_since = NULL, error = NULL, lease_until = :until
WHERE name = :name AND token = :token

-- name: sink_told_state
-- A sink was told the state of all products up to one; null (resend) when that was the last of them. Where it was asked for
-- once more meanwhile, it begins anew.
UPDATE sink_position SET resend = :resend, resend_abstract = :abstract, resend_store = :store,
    sent_at = coalesce(:sent, sent_at), attempts = 0, retry_at = NULL, failing_since = NULL, error = NULL,
    lease_until = :until
WHERE name = :name AND token = :token AND resends = :resends

-- name: sink_failed
-- A sink could not be published to; nothing is tried before a time.
UPDATE sink_position SET attempts = attempts + 1, retry_at = :retry_at, failing_since = coalesce(failing_since, :now),
    error = :error
WHERE name = :name AND token = :token

-- name: sink_let_go
-- Nobody hands messages to a sink any more.
UPDATE sink_position SET lease_until = NULL, holder = NULL WHERE name = :name AND token = :token

-- name: sink_resend
-- Have a sink told the state of every product, from the first one on.
UPDATE sink_position SET resends = resends + 1, resend = 1, resend_abstract = 0, resend_store = 0, retry_at = NULL
WHERE name = :name

-- name: sink_state
-- The next abstract products, in the stores of this database, whose state is told: one row for each concrete product.
SELECT b.abstract_id, b.store_id, s.name AS store, g.sku AS abstract_sku,
       (SELECT coalesce(sum(m.available), 0) FROM product q JOIN availability m ON m.product_id = q.id
        AND m.store_id = b.store_id WHERE q.abstract_id = b.abstract_id) AS abstract_available,
       b.event_version, p.id AS product_id, p.sku, a.available, a.never_out_of_stock
FROM (SELECT n.abstract_id, n.store_id, n.event_version FROM abstract_availability n
      WHERE (n.abstract_id, n.store_id) > (:abstract, :store) AND n.store_id IN (SELECT id FROM store WHERE remote = 0)
      ORDER BY n.abstract_id, n.store_id LIMIT :size) b
JOIN abstract_product g ON g.id = b.abstract_id JOIN store s ON s.id = b.store_id
JOIN product p ON p.abstract_id = b.abstract_id JOIN availability a ON a.product_id = p.id AND a.store_id = b.store_id
ORDER BY b.abstract_id, b.store_id, p.id

-- name: sink_keep
-- Keep a message aside that a sink can never take.
INSERT INTO sink_kept (sink, message_key, kind, payload, created_at, at, reason)
VALUES (:sink, :key, :kind, :payload, :created_at, :now, :reason)

-- name: sink_kept
-- Messages that were kept aside, oldest first; of one sink, or of all (null).
SELECT id, sink, message_key, kind, payload, created_at, at, reason FROM sink_kept
WHERE id > :after AND (CAST(:sink AS text) IS NULL OR sink = :sink) ORDER BY id LIMIT :size

-- name: sink_unkeep
-- Messages that are kept aside no longer.
DELETE FROM sink_kept WHERE id IN @ids(kept)

-- name: sink_waiting
-- What waits for each sink: how many messages, and the time of the oldest; and how many were kept aside.
SELECT s.name, count(o.id) AS waiting, min(o.created_at) AS oldest,
       (SELECT count(*) FROM sink_kept k WHERE k.sink = s.name) AS kept
FROM sink_position s
LEFT JOIN (SELECT w.id, w.sequence, w.created_at FROM outbox w
           WHERE w.sequence IS NULL OR w.sequence > (SELECT min(m.position) FROM sink_position m WHERE m.name <> '')) o
    ON o.sequence IS NULL OR o.sequence > s.position
WHERE s.name <> '' GROUP BY s.name

-- name: sink_forget
-- A sink is published to no longer: nothing is kept for it.
DELETE FROM sink_position WHERE name = :name

-- name: sink_forget_kept
-- What was kept aside for a sink that is published to no longer.
DELETE FROM sink_kept WHERE sink = :name
