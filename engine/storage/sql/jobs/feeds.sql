-- The records of feeds: what their addresses answered last, and since when something is wrong with them.

-- name: feed_known
-- What the last imported answer of a feed said of itself, under the settings that the feed has now.
SELECT known FROM feed_source WHERE feed = :feed AND meaning = :meaning

-- name: feed_good
-- A file of the feed was imported: whatever was wrong is over.
INSERT INTO feed_source (feed, meaning, known, asked_at, answered_at, report)
VALUES (:feed, :meaning, :known, :now, :now, :report)
ON CONFLICT (feed) DO UPDATE
SET meaning = :meaning, known = :known, asked_at = :now, answered_at = :now, failing_since = NULL, error = NULL,
    report = COALESCE(CAST(:report AS TEXT), feed_source.report)

-- name: feed_unchanged
-- The address has answered and had nothing new.
UPDATE feed_source SET asked_at = :now, answered_at = :now, failing_since = NULL, error = NULL WHERE feed = :feed

-- name: feed_bad
-- The feed gave nothing that could be imported. What is known of its last imported answer goes on to hold.
INSERT INTO feed_source (feed, meaning, known, asked_at, failing_since, error)
VALUES (:feed, :meaning, '{}', :now, :now, :error)
ON CONFLICT (feed) DO UPDATE
SET asked_at = :now, failing_since = COALESCE(feed_source.failing_since, :now), error = :error
