-- What the history says of a process: how items left its states, what conditions said, how often items came.

-- name: learned_exits
-- How items left these states, by state, event and cause: in up to 20 equally large parts by the length of the stay,
-- how many there were, and the shortest and the longest stay in microseconds. A stay begins with the step that enters the
-- state and ends with the next one that enters another.
WITH entered AS (
    SELECT r.target_id, r.at, lead(r.at) OVER (PARTITION BY h.item_id ORDER BY r.id) AS left_at,
           lead(r.event) OVER (PARTITION BY h.item_id ORDER BY r.id) AS event,
           lead(r.trigger) OVER (PARTITION BY h.item_id ORDER BY r.id) AS cause
    FROM item_history h JOIN transition_run r ON r.id = h.run_id
    WHERE r.target_id IS NOT NULL AND (r.source_id IS NULL OR r.source_id <> r.target_id)),
stay AS (
    SELECT s.name AS state, e.event, e.cause, e.left_at - e.at AS span,
           ntile(20) OVER (PARTITION BY s.name, e.event, e.cause ORDER BY e.left_at - e.at) AS part
    FROM entered e JOIN process_state s ON s.id = e.target_id
    WHERE e.left_at IS NOT NULL AND e.target_id IN @ids(states))
SELECT state, event, cause, part, count(*) AS items, min(span) AS least, max(span) AS most
FROM stay GROUP BY state, event, cause, part ORDER BY state, event, cause, part

-- name: learned_answers
-- What conditions said in these states, and of how many items.
SELECT s.name AS state, r.conditions, sum(r.items) AS items
FROM transition_run r JOIN process_state s ON s.id = r.source_id
WHERE r.source_id IN @ids(states) AND r.conditions IS NOT NULL AND r.outcome IN ('moved', 'condition_false')
GROUP BY s.name, r.conditions ORDER BY s.name, r.conditions

-- name: learned_arrivals
-- How many items came to these states as new ones, and when the first and the last of them.
SELECT sum(r.items) AS items, min(r.at) AS first, max(r.at) AS last
FROM transition_run r WHERE r.outcome = 'placed' AND r.target_id IN @ids(states)
