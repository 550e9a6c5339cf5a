-- How many items stand in which state. Those in closed states are not counted: what enters and leaves such a state is
-- noted in closed_items, in the transaction that moves it.

-- macro: hour(at)
-- The hour of a time. The ages of items in closed states are kept to the hour.
{at} / 3600000000

-- macro: in_states(states)
-- The items i in these states, to be followed by further conditions.
@ids({states}) s CROSS JOIN item_state n CROSS JOIN order_item i WHERE n.state_id = s.value AND i.id = n.item_id

-- macro: in_states(states) [postgresql]
-- The items i in these states, to be followed by further conditions. Ordered, and as an array: the server cannot know
-- that these are few, and would read all items that there ever were. Where they are locked, another condition has to
-- say of the item itself that it is there: the array is not looked at again.
order_item i WHERE i.id = ANY (ARRAY(@ids_in_states({states})))

-- macro: ids_in_states(states)
-- The ids of the items in these states.
SELECT n.item_id FROM @ids({states}) s CROSS JOIN item_state n WHERE n.state_id = s.value

-- macro: ids_in_states(states) [postgresql]
-- The ids of the items in these states. Each state's are ordered, so that they come from the index.
SELECT n.item_id FROM @ids({states}) s CROSS JOIN LATERAL
    (SELECT p.item_id FROM item_state p WHERE p.state_id = s.value ORDER BY p.item_id) n

-- macro: state_items
-- How many items stand in each state that has any, of the states :live and :closed.
(SELECT l.state_id, l.items
 FROM (SELECT s.value AS state_id, (SELECT count(*) FROM item_state n WHERE n.state_id = s.value) AS items
       FROM @ids(live) s) l
 WHERE l.items > 0
 UNION ALL
 SELECT c.state_id, sum(c.items) FROM closed_items c WHERE c.state_id IN @ids(closed)
 GROUP BY c.state_id HAVING sum(c.items) <> 0)

-- name: items_per_state
-- How many items stand in each state that has any.
SELECT t.state_id, t.items FROM @state_items t

-- name: closed_entered
-- The items of a group have come to a closed state now.
INSERT INTO closed_items (state_id, store_id, since, items)
SELECT :state, store_id, :now, count(*) FROM moving WHERE group_no = :group GROUP BY store_id

-- name: closed_placed
-- New items begin in closed states.
INSERT INTO closed_items (state_id, store_id, since, items)
SELECT r.state, r.store, :now, r.items FROM @records(rows: state int, store int, items int) r

-- name: closed_counted
-- The items of a group stand in a closed state since their times (sign 1), or are about to leave it (sign -1).
INSERT INTO closed_items (state_id, store_id, since, items)
SELECT i.state_id, i.store_id, min(i.state_since), count(*) * CAST(:sign AS bigint)
FROM moving m CROSS JOIN order_item i WHERE m.group_no = :group AND i.id = m.item_id
GROUP BY i.state_id, i.store_id, @hour(i.state_since)

-- name: closed_alone [postgresql]
-- Nobody notes anything until the end of this transaction. Who has noted something is waited for: what is counted then
-- has all of it. Who moves items and has not noted it yet is not counted, and notes it afterwards.
LOCK TABLE closed_items IN SHARE ROW EXCLUSIVE MODE

-- name: closed_forget
-- Forget what is kept of states that are counted anew.
DELETE FROM closed_items WHERE state_id IN @ids(states)

-- name: closed_recount
-- Count the items in states, as the sums would be.
INSERT INTO closed_items (state_id, store_id, since, items, summed)
@summed_up((SELECT i.state_id, i.store_id, i.state_since AS since, 1 AS items FROM order_item i
            WHERE i.state_id IN @ids(states)))

-- name: closed_waiting
-- How many notes are not summed up yet.
SELECT count(*) FROM closed_items WHERE summed = 0

-- macro: summed_up(rows)
-- The sums of rows: by the hour, and all those from before :before together.
SELECT r.state_id, r.store_id, coalesce(min(CASE WHEN r.items > 0 THEN r.since END), min(r.since)), sum(r.items), 1
FROM {rows} r GROUP BY r.state_id, r.store_id, CASE WHEN r.since < :before THEN 0 ELSE @hour(r.since) END
HAVING sum(r.items) <> 0

-- name: closed_last
-- The newest note.
SELECT coalesce(max(id), 0) FROM closed_items

-- name: closed_sum_up
-- Sum up the notes up to an id, beside them.
INSERT INTO closed_items (state_id, store_id, since, items, summed)
@summed_up((SELECT state_id, store_id, since, items FROM closed_items WHERE id <= :last))

-- name: closed_drop
-- Drop the notes up to an id, which are summed up.
DELETE FROM closed_items WHERE id <= :last

-- name: closed_sum_up_at_once [postgresql]
-- Sum up all notes: those that are summed up are those that go, whatever somebody else commits meanwhile.
WITH gone AS (DELETE FROM closed_items RETURNING state_id, store_id, since, items)
INSERT INTO closed_items (state_id, store_id, since, items, summed)
@summed_up(gone)
