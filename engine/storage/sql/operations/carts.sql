-- Holds of carts that orders name.

-- name: lock_cart_holds_named
-- Lock the cart holds with these references, in id order.
SELECT c.id, c.reference, c.store_id, c.hold_until FROM cart_hold c WHERE c.reference IN @texts(references)
ORDER BY c.id @lock(c)

-- name: orders_of_cart_holds
-- The orders that these cart holds have become, now that they are locked.
SELECT c.id AS hold_id, coalesce(@order_called(c.order_id), '') AS reference FROM cart_hold c
WHERE c.order_id IS NOT NULL AND c.id IN @ids(holds)

-- name: cart_lines_held
-- What the lines of these cart holds count.
SELECT l.hold_id, l.product_id, l.store_id, l.warehouse_id, l.counted_hold FROM cart_hold_line l
WHERE l.hold_id IN @ids(holds) AND l.counted_hold <> 0 ORDER BY l.hold_id, l.line

-- name: cart_holds_placed
-- Orders have been placed of these cart holds, which end with that unless they had ended before.
UPDATE cart_hold SET ended_at = coalesce(cart_hold.ended_at, :now), outcome = 'placed', order_id = r.order_id
FROM @records(holds: id int, order_id int) r WHERE cart_hold.id = r.id
