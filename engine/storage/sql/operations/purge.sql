-- Deleting what is old and what no open item needs.

-- macro: over(i)
-- Whether an item is over since before :before: it stands in a state of :final, or rests in one of :resting, where
-- it holds nothing, has taken no step since, and has no command that was begun. No migration may still be undone for
-- it: its history would tell what that did to it. It is not suspended: who looks into it wants to know what it did.
{i}.state_since < :before AND ({i}.state_id IN @ids(final) OR {i}.state_id IN @ids(resting)
    AND {i}.counted_hold = 0
    AND NOT EXISTS (SELECT 1 FROM transition_run l WHERE l.id = {i}.last_run_id AND l.at >= :before)
    AND NOT EXISTS (SELECT 1 FROM item_claim k WHERE k.item_id = {i}.id AND k.step = {i}.step)
    AND NOT EXISTS (SELECT 1 FROM command_member c WHERE c.item_id = {i}.id AND c.step = {i}.step))
AND NOT @is_suspended({i}) AND NOT EXISTS
    (SELECT 1 FROM migration g CROSS JOIN migration_item t
     WHERE t.migration_id = g.id AND t.item_id = {i}.id AND t.step > 0 AND (g.finished_at IS NULL OR g.finished_at >= :before))

-- macro: closed(i, orders)
-- Whether an item of some orders is closed since before :before: it is over, and so is the rest of its line if that was
-- split. What an item did before is the history of its parts too, and without their own they would tell of steps that do
-- not follow each other. The lines that were split are found once for all items of the orders: looked up for each item,
-- a large order would be read as often as it has items.
@over({i}) AND ({i}.order_id, {i}.line) NOT IN
    (SELECT n.order_id, n.line
     FROM (SELECT q.id, q.order_id, q.store_id, q.line, q.state_id, q.state_since, q.counted_hold, q.last_run_id, q.step,
                  max(CASE WHEN q.split_from IS NULL THEN 0 ELSE 1 END) OVER (PARTITION BY q.order_id, q.line) AS split
           FROM (SELECT DISTINCT order_id FROM {orders}) o CROSS JOIN order_item q WHERE q.order_id = o.order_id) n
     WHERE n.split = 1 AND NOT (@over(n)))

-- macro: with_parts
-- The items that are parts of others.
(SELECT order_id FROM order_item WHERE split_from IS NOT NULL) parts

-- macro: can_be_forgotten(m)
-- Whether nothing depends on the record of an import: a delta is applied once as long as it is known, and the latest
-- run of a feed is shown.
({m}.kind <> 'delta' OR {m}.stopped IS NOT NULL)
  AND ({m}.feed IS NULL OR EXISTS
       (SELECT 1 FROM stock_import f WHERE f.feed = {m}.feed AND f.id > {m}.id AND f.dry = 0))

-- macro: was_imported_anew(m)
-- Whether a later import of the same file stands for an unfinished one. Nothing does for a delta: it goes on.
{m}.kind <> 'delta' AND EXISTS
            (SELECT 1 FROM stock_import n WHERE n.file_hash = {m}.file_hash AND n.id > {m}.id)

-- macro: is_last_count(c)
-- Whether a change of stock is the newest count of its product and warehouse that is kept.
{c}.import_id IS NOT NULL AND NOT EXISTS
(SELECT 1 FROM stock_change n WHERE n.product_id = {c}.product_id AND n.id > {c}.id
   AND n.warehouse_id = {c}.warehouse_id AND n.import_id IS NOT NULL)

-- name: purge_history_window
-- The next items that have history: the highest id, and how many of them may be closed since before a time.
SELECT max(h.item_id) AS last, coalesce(sum(CASE WHEN i.state_since < :before
    AND (i.state_id IN @ids(final) OR i.state_id IN @ids(resting)) THEN 1 ELSE 0 END), 0) AS closed
FROM (SELECT DISTINCT item_id FROM item_history WHERE item_id > :after ORDER BY item_id LIMIT :size) h
JOIN order_item i ON i.id = h.item_id

-- name: moving_add_closed
-- Take the closed items of a window, in id order: locked, none of them can be moved on meanwhile.
INSERT INTO moving (@taken_as)
SELECT @taken(i)
FROM (SELECT DISTINCT item_id FROM item_history WHERE item_id > :after AND item_id <= :until) h
JOIN order_item i ON i.id = h.item_id
WHERE @closed(i, (SELECT b.order_id FROM item_history a JOIN order_item b ON b.id = a.item_id
                  WHERE a.item_id > :after AND a.item_id <= :until) w)
ORDER BY i.id @lock(i)

-- name: purge_lock_runs
-- Lock the runs whose history rows are to be counted anew, in id order. With CROSS JOIN SQLite looks up the items
-- of the working set, and does not read the whole history.
SELECT count(*) FROM (SELECT r.id FROM transition_run r WHERE r.id IN
    (SELECT h.run_id FROM moving m CROSS JOIN item_history h WHERE h.item_id = m.item_id) ORDER BY r.id @lock(r)) l

-- name: purge_uncount_history
-- Runs before a time have fewer history rows, by those of the items of the working set.
UPDATE transition_run SET history_rows = history_rows - c.removed
FROM (SELECT h.run_id, count(*) AS removed FROM moving m CROSS JOIN item_history h
      WHERE h.item_id = m.item_id GROUP BY h.run_id) c
WHERE transition_run.id = c.run_id AND transition_run.at < :before

-- name: purge_history
-- Delete what the items of the working set took part in before a time.
DELETE FROM item_history WHERE item_id IN (SELECT item_id FROM moving)
  AND EXISTS (SELECT 1 FROM transition_run r WHERE r.id = item_history.run_id AND r.at < :before)

-- name: purge_runs_window
-- The next runs: the highest id, and the earliest time.
SELECT max(id) AS last, min(at) AS oldest FROM
    (SELECT id, at FROM transition_run WHERE id > :after ORDER BY id LIMIT :size) w

-- name: purge_runs
-- Delete runs before a time that no history row refers to. The newest one stays: its id must not come again.
DELETE FROM transition_run WHERE id > :after AND id <= :until AND at < :before AND history_rows <= 0
  AND id < (SELECT max(id) FROM transition_run)

-- name: purge_messages_window
-- The next messages: the highest id, and the earliest time.
SELECT max(id) AS last, min(created_at) AS oldest FROM
    (SELECT id, created_at FROM outbox WHERE id > :after ORDER BY id LIMIT :size) w

-- macro: handed_over(o)
-- Whether a message of the outbox is of before a time, and every sink has taken it that there is.
(coalesce({o}.published_at, {o}.created_at) < :before
 AND ({o}.published_at IS NOT NULL OR EXISTS (SELECT 1 FROM sink_position)
                                  AND NOT EXISTS (SELECT 1 FROM sink_position p WHERE p.name = ''))
 AND NOT EXISTS (SELECT 1 FROM sink_position p
                 WHERE p.name <> '' AND ({o}.sequence IS NULL OR p.position < {o}.sequence)))

-- macro: first_kept
-- The first message of availability that stays. None behind it is deleted: of a product an older one would be left as if
-- it were the last.
coalesce((SELECT k.id FROM outbox k WHERE k.kind = 'availability' AND NOT @handed_over(k) ORDER BY k.id LIMIT 1),
         9223372036854775807)

-- name: purge_first_kept
-- The first message of availability that is to stay.
SELECT @first_kept AS id

-- name: purge_messages
-- Delete messages of before a time that nobody is to be handed any more, of availability only those before one that
-- stays. The newest one stays: its id must not come again.
DELETE FROM outbox WHERE id > :after AND id <= :until AND @handed_over(outbox)
  AND (kind <> 'availability' OR id < :first_kept) AND id < (SELECT max(id) FROM outbox)

-- name: purge_staged_rows
-- Delete staged rows of imports that ended before a time, or that nobody can take up any more because the same
-- file was imported anew.
DELETE FROM stock_staging WHERE (import_id, product_id, warehouse_id) IN
    (SELECT g.import_id, g.product_id, g.warehouse_id FROM stock_import m JOIN stock_staging g ON g.import_id = m.id
     WHERE m.started_at < :before AND m.lease_until < :before
       AND (m.finished_at < :before OR m.finished_at IS NULL AND @was_imported_anew(m))
     ORDER BY g.import_id, g.product_id, g.warehouse_id LIMIT :size)

-- name: purge_imports_window
-- The next stock imports: the highest id, and the earliest time.
SELECT max(id) AS last, min(started_at) AS oldest FROM
    (SELECT id, started_at FROM stock_import WHERE id > :after ORDER BY id LIMIT :size) w

-- name: purge_imports
-- Delete imports before a time that a later one of the same file and time of count stands for. The latest of
-- each stays, the record of what was counted when.
DELETE FROM stock_import WHERE id > :after AND id <= :until AND started_at < :before AND lease_until < :before
  AND (finished_at IS NULL OR finished_at < :before) AND @can_be_forgotten(stock_import)
  AND EXISTS (SELECT 1 FROM stock_import n WHERE n.file_hash = stock_import.file_hash AND n.id > stock_import.id
              AND (stock_import.finished_at IS NULL
                   OR n.as_of = stock_import.as_of AND n.finished_at IS NOT NULL))
  AND NOT EXISTS (SELECT 1 FROM stock_staging g WHERE g.import_id = stock_import.id)

-- name: purge_command_calls_window
-- The next command calls: the highest id, and the earliest time.
SELECT max(id) AS last, min(started_at) AS oldest FROM
    (SELECT id, started_at FROM command_run WHERE id > :after ORDER BY id LIMIT :size) w

-- name: purge_command_calls
-- Delete command calls before a time that have no members any more.
DELETE FROM command_run WHERE id > :after AND id <= :until AND started_at < :before
  AND NOT EXISTS (SELECT 1 FROM command_member m WHERE m.command_run_id = command_run.id)

-- name: purge_claims
-- Delete claims that expired before a time and whose items have moved on since. One for the step at which its item
-- stands tells that a command was begun for it, which may have had its effect.
DELETE FROM item_claim WHERE item_id IN
    (SELECT k.item_id FROM item_claim k JOIN order_item i ON i.id = k.item_id
     WHERE k.expires_at < :before AND k.step <> i.step ORDER BY k.item_id LIMIT :size)

-- name: purge_claims [postgresql]
-- Delete claims that expired before a time and whose items have moved on since. One that somebody is taking over is
-- left alone.
DELETE FROM item_claim WHERE item_id IN
    (SELECT k.item_id FROM item_claim k JOIN order_item i ON i.id = k.item_id
     WHERE k.expires_at < :before AND k.step <> i.step ORDER BY k.item_id LIMIT :size
     FOR UPDATE OF k SKIP LOCKED)

-- name: purge_undo_data
-- Delete what undoing migrations would need that ended before a time.
DELETE FROM migration_item WHERE (migration_id, item_id) IN
    (SELECT t.migration_id, t.item_id FROM migration m CROSS JOIN migration_item t
     WHERE t.migration_id = m.id AND m.finished_at < :before ORDER BY t.migration_id, t.item_id LIMIT :size)

-- name: purge_undo_data [postgresql]
-- Delete what undoing migrations would need that ended before a time.
DELETE FROM migration_item USING
    (SELECT m.id AS migration_id, t.item_id FROM migration m CROSS JOIN LATERAL
        (SELECT k.item_id FROM migration_item k WHERE k.migration_id = m.id ORDER BY k.item_id) t
     WHERE m.finished_at < :before LIMIT :size) d
WHERE migration_item.migration_id = d.migration_id AND migration_item.item_id = d.item_id

-- name: purge_cart_holds_window
-- The next cart holds: the highest id, and the earliest time.
SELECT max(id) AS last, min(taken_at) AS oldest FROM
    (SELECT id, taken_at FROM cart_hold WHERE id > :after ORDER BY id LIMIT :size) w

-- name: purge_cart_holds
-- Delete cart holds that ended before a time, with their lines. The newest one stays: its id must not come again.
DELETE FROM cart_hold WHERE id > :after AND id <= :until AND ended_at < :before
  AND id < (SELECT max(id) FROM cart_hold)

-- name: purge_stock_changes_window
-- The next changes of stock: the highest id, and the earliest time.
SELECT max(id) AS last, min(at) AS oldest FROM
    (SELECT id, at FROM stock_change WHERE id > :after ORDER BY id LIMIT :size) w

-- name: purge_stock_changes
-- Delete changes of stock of before a time, but for the newest count of each product and warehouse. The newest one of
-- all stays: its id must not come again.
DELETE FROM stock_change WHERE id > :after AND id <= :until AND at < :before
  AND NOT (@is_last_count(stock_change)) AND id < (SELECT max(id) FROM stock_change)

-- name: purge_suspensions
-- Delete suspensions that ended before a time.
DELETE FROM suspension WHERE id IN
    (SELECT u.id FROM suspension u WHERE u.ended_at < :before AND u.id < (SELECT max(id) FROM suspension)
     ORDER BY u.id LIMIT :size)

-- name: count_suspensions
-- How many suspensions ended before a time, but for the newest one.
SELECT count(*) FROM suspension u WHERE u.ended_at < :before AND u.id < (SELECT max(id) FROM suspension)

-- name: count_history
-- How many history rows of closed items are of before a time.
SELECT count(*) FROM order_item i JOIN item_history h ON h.item_id = i.id JOIN transition_run r ON r.id = h.run_id
WHERE @closed(i, @with_parts) AND r.at < :before

-- name: count_runs
-- How many runs before a time nothing refers to once the history of closed items is deleted.
SELECT count(*) FROM transition_run r LEFT JOIN
    (SELECT h.run_id, count(*) AS removed FROM order_item i JOIN item_history h ON h.item_id = i.id
     WHERE @closed(i, @with_parts)
     GROUP BY h.run_id) c ON c.run_id = r.id
WHERE r.at < :before AND r.history_rows - coalesce(c.removed, 0) <= 0
  AND r.id < (SELECT max(id) FROM transition_run)

-- name: count_messages
-- How many messages of before a time nobody is to be handed any more, but for the newest one.
SELECT count(*) FROM outbox o WHERE @handed_over(o) AND (o.kind <> 'availability' OR o.id < @first_kept)
  AND o.id < (SELECT max(id) FROM outbox)

-- name: count_staged_rows
-- How many staged rows belong to imports that nobody can take up any more.
SELECT count(*) FROM stock_import m JOIN stock_staging g ON g.import_id = m.id
WHERE m.started_at < :before AND m.lease_until < :before
  AND (m.finished_at < :before OR m.finished_at IS NULL AND @was_imported_anew(m))

-- name: count_imports
-- How many imports before a time a later one of the same file and time of count stands for.
SELECT count(*) FROM stock_import m WHERE m.started_at < :before AND m.lease_until < :before
  AND (m.finished_at IS NULL OR m.finished_at < :before) AND @can_be_forgotten(m)
  AND EXISTS (SELECT 1 FROM stock_import n WHERE n.file_hash = m.file_hash AND n.id > m.id
              AND (m.finished_at IS NULL OR n.as_of = m.as_of AND n.finished_at IS NOT NULL))

-- name: count_command_calls
-- How many command calls before a time have no members any more.
SELECT count(*) FROM command_run c WHERE c.started_at < :before
  AND NOT EXISTS (SELECT 1 FROM command_member m WHERE m.command_run_id = c.id)

-- name: count_claims
-- How many claims expired before a time and belong to items that have moved on since.
SELECT count(*) FROM item_claim k JOIN order_item i ON i.id = k.item_id
WHERE k.expires_at < :before AND k.step <> i.step

-- name: count_undo_data
-- How many rows undoing migrations would need that ended before a time.
SELECT count(*) FROM migration m JOIN migration_item t ON t.migration_id = m.id WHERE m.finished_at < :before

-- name: count_cart_holds
-- How many cart holds ended before a time, but for the newest one.
SELECT count(*) FROM cart_hold WHERE ended_at < :before AND id < (SELECT max(id) FROM cart_hold)

-- name: count_stock_changes
-- How many changes of stock are of before a time, but for the newest count of each product and warehouse.
SELECT count(*) FROM stock_change c WHERE c.at < :before AND NOT (@is_last_count(c))
  AND c.id < (SELECT max(id) FROM stock_change)
