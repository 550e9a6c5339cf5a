-- Messages that wait to be published.

-- name: outbox_add
-- Put a message into the outbox.
INSERT INTO outbox (kind, payload, created_at) VALUES (:kind, :payload, :now)

-- name: outbox_open
-- The next messages that are not published, oldest first.
SELECT id, kind, payload, created_at FROM outbox WHERE published_at IS NULL AND id > :after ORDER BY id LIMIT :size

-- name: outbox_published
-- These messages are published.
UPDATE outbox SET published_at = :now WHERE id IN @ids(messages) AND published_at IS NULL

-- name: outbox_published_by_program
-- Note that messages are handed to a sink of a program, too: those that it has not taken are not purged.
INSERT INTO sink_position (name, stream) VALUES ('', '') ON CONFLICT (name) DO NOTHING
