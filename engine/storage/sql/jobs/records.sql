-- The records of jobs: leases, and what came of their runs.

-- name: job_ensure
-- Make the row of a job that has none yet.
INSERT INTO job_run (job, token) VALUES (:job, 0) ON CONFLICT (job) DO NOTHING

-- name: job_rows_of_kind
-- Every job of a kind, locked in the order of their keys: the kind itself, then kind/name. The row of the
-- kind always exists, so two takers of different jobs of one kind meet there.
SELECT j.job, j.token, j.holder, j.lease_until, j.due_at, j.finished_at
FROM job_run AS j
WHERE j.job = :kind
   OR substr(j.job, 1, length(CAST(:kind AS TEXT)) + 1) = CAST(:kind AS TEXT) || '/'
ORDER BY j.job
@lock(j)

-- name: job_take
-- Start a run: a new fencing token and lease. Whoever still holds the old token can change nothing more.
UPDATE job_run
SET token = token + 1, holder = :holder, lease_until = :until, started_at = :now, finished_at = NULL,
    outcome = 'running', result = NULL
WHERE job = :job
RETURNING token

-- name: job_extend
-- Prolong the lease of a run that still holds its token.
UPDATE job_run SET lease_until = :until WHERE job = :job AND token = :token AND finished_at IS NULL

-- name: job_finish
-- End a run that still holds its token. :covered is the time up to which nothing is due any more; NULL for a
-- run that does not count as a scheduled one.
UPDATE job_run
SET finished_at = :now, lease_until = NULL, outcome = :outcome, result = :result,
    due_at = COALESCE(CAST(:covered AS BIGINT), due_at)
WHERE job = :job AND token = :token AND finished_at IS NULL

-- name: job_start_counting
-- From now on times that pass without a run count as missed.
UPDATE job_run SET due_at = :now WHERE job = :job AND due_at IS NULL

-- name: job_count_anew
-- Times count as missed from now on, whatever was said before.
UPDATE job_run SET due_at = :now WHERE job = :job

-- name: stock_file_imported
-- Whether this very file of the feed ('' for none) with this time of count has been imported to its end.
SELECT id FROM stock_import
WHERE file_hash = :file_hash AND coalesce(feed, '') = :feed AND as_of = :as_of AND finished_at IS NOT NULL AND stopped IS NULL AND dry = 0
LIMIT 1
