-- Claims: who works on which items, and until when.

-- macro: live_claim(c)
-- Whether a claim is live at :now. One from further ahead than it is long is not believed: the clock was set back
-- since, and it would last until the old time is reached again.
{c}.expires_at > :now AND {c}.claimed_at - :now <= {c}.expires_at - {c}.claimed_at

-- name: moving_claims
-- How many claims there are on the working set, live or not, and whether anything is suspended. To be asked once the
-- items are locked: the statement that waited for a lock would not see the claim of whom it waited for.
SELECT count(*) AS claims, @any_suspension AS suspended FROM item_claim c JOIN moving m ON m.item_id = c.item_id

-- name: moving_claimed
-- Items of the working set that somebody else holds a live claim on.
SELECT m.item_id, c.holder, c.event, c.expires_at FROM item_claim c JOIN moving m ON m.item_id = c.item_id
WHERE @live_claim(c) AND c.token <> :token

-- name: moving_drop_claimed
-- Leave out the items that somebody else holds a live claim on.
DELETE FROM moving WHERE item_id IN
    (SELECT c.item_id FROM item_claim c WHERE @live_claim(c) AND c.token <> :token)

-- name: moving_unclaimed
-- Items of the working set on which the claim with this token is gone.
SELECT m.item_id FROM moving m LEFT JOIN item_claim c ON c.item_id = m.item_id AND c.token = :token
WHERE c.item_id IS NULL

-- name: claims_in_state
-- Live claims on items of a state with ids in (after, last].
SELECT c.item_id, c.holder, c.event, c.expires_at FROM item_claim c JOIN order_item i ON i.id = c.item_id
WHERE @live_claim(c) AND c.item_id > :after AND c.item_id <= :last AND i.state_id = :state

-- name: insert_claims
-- Claim the items of the working set in one state; an expired claim is taken over.
INSERT INTO item_claim (item_id, token, holder, event, step, claimed_at, expires_at)
SELECT item_id, :token, :holder, :event, step, :now, :expires FROM moving WHERE state_id = :state
ON CONFLICT (item_id) DO UPDATE SET token = excluded.token, holder = excluded.holder, event = excluded.event,
    step = excluded.step, claimed_at = excluded.claimed_at, expires_at = excluded.expires_at

-- name: extend_claims
-- Prolong the claims with this token whose items nobody has moved or taken over; the items are returned.
UPDATE item_claim SET expires_at = :expires WHERE token = :token AND item_id IN
    (SELECT c.item_id FROM item_claim c JOIN order_item i ON i.id = c.item_id AND i.step = c.step
     WHERE c.token = :token ORDER BY c.item_id @lock(c))
RETURNING item_id

-- name: release_claims
-- Give up a claim.
DELETE FROM item_claim WHERE token = :token
