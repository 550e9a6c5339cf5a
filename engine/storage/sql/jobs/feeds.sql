-- The records of feeds: what their addresses answered last, and since when something is wrong with them.

-- name: feed_asked
-- A job asks the feed; from the first time on its counts are expected.
INSERT INTO feed_source (feed, meaning, known, since, asked_at, expected_us)
VALUES (:feed, :meaning, '{}', :now, :now, :expected_us)
ON CONFLICT (feed) DO UPDATE SET asked_at = :now, expected_us = :expected_us

-- name: feed_known
-- What the last imported answer of a feed said of itself, under the settings that the feed has now.
SELECT known FROM feed_source WHERE feed = :feed AND meaning = :meaning

-- name: feed_good
-- A file of the feed was imported: whatever was wrong is over.
UPDATE feed_source
SET meaning = :meaning, known = :known, answered_at = :now, failing_since = NULL, error = NULL,
    report = COALESCE(CAST(:report AS TEXT), report)
WHERE feed = :feed

-- name: feed_unchanged
-- The address has answered and had nothing new.
UPDATE feed_source SET answered_at = :now, failing_since = NULL, error = NULL WHERE feed = :feed

-- name: feed_bad
-- The feed gave nothing that could be imported. What is known of its last imported answer goes on to hold.
UPDATE feed_source SET failing_since = COALESCE(failing_since, :now), error = :error WHERE feed = :feed
