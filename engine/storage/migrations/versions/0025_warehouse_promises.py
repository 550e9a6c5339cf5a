"""What is promised at single warehouses, and what of availability follows from it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS = ("spared", "lacking")

# What items and carts count where they are to come from.
FILL = """
INSERT INTO warehouse_promise (product_id, warehouse_id, store_id, reserved, held)
SELECT b.product_id, b.warehouse_id, b.store_id, sum(b.reserved), sum(b.held)
FROM (SELECT product_id, warehouse_id, store_id, counted_reserved AS reserved, counted_hold AS held FROM order_item
      WHERE warehouse_id IS NOT NULL AND (counted_reserved <> 0 OR counted_hold <> 0)
      UNION ALL
      SELECT product_id, warehouse_id, store_id, 0, counted_hold FROM cart_hold_line
      WHERE warehouse_id IS NOT NULL AND counted_hold <> 0) b
GROUP BY b.product_id, b.warehouse_id, b.store_id
"""

# By how much that is more than what each warehouse has for the store itself, or for one that shares with it.
BEYOND = """
UPDATE availability SET {column} = (
    SELECT coalesce(sum(CASE WHEN h.promised > h.stock THEN h.promised - h.stock ELSE 0 END), 0)
    FROM (SELECT sum(q.reserved) + sum(q.held) AS promised,
                 coalesce((SELECT k.quantity FROM stock k JOIN warehouse w ON w.id = k.warehouse_id AND w.active = 1
                           WHERE k.product_id = availability.product_id AND k.warehouse_id = q.warehouse_id
                             AND EXISTS (SELECT 1 FROM store_warehouse l
                                         WHERE l.warehouse_id = q.warehouse_id AND ({serves}))), 0) AS stock
          FROM warehouse_promise q
          WHERE q.product_id = availability.product_id
            AND (q.store_id = availability.store_id OR q.store_id IN
                 (SELECT s.other_id FROM store_sharing s WHERE s.store_id = availability.store_id))
          GROUP BY q.warehouse_id) h)
WHERE product_id IN (SELECT product_id FROM warehouse_promise)
  AND store_id NOT IN (SELECT c.id FROM store c WHERE c.channel_group_id IS NOT NULL)
"""
OWN = "l.store_id = availability.store_id"
ANY = f"{OWN} OR l.store_id IN (SELECT s.other_id FROM store_sharing s WHERE s.store_id = availability.store_id)"

# What can be sold is more by what it is spared; backorders are taken up by that first.
AVAILABLE = """
UPDATE availability SET available = (
    SELECT CASE WHEN n.left_over > 0 THEN n.left_over ELSE 0 END
    FROM (SELECT availability.stock - availability.reserved - availability.held - availability.kept
              + CASE WHEN availability.kept >= 0 THEN availability.spared
                     WHEN availability.spared + availability.kept > 0 THEN availability.spared + availability.kept
                     ELSE 0 END AS left_over) n)
WHERE spared <> 0 AND selling NOT IN (2, 3) AND reserved >= 0 AND held >= 0
"""


def upgrade() -> None:
    """Add what is promised at single warehouses, as items and carts say, and what follows from it."""
    for name in COLUMNS:
        op.add_column("availability", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "warehouse_promise",
        sa.Column("product_id", ID, autoincrement=False, nullable=False),
        sa.Column("warehouse_id", ID, autoincrement=False, nullable=False),
        sa.Column("store_id", ID, autoincrement=False, nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id", "store_id"),
        sqlite_with_rowid=False,
        postgresql_with={"fillfactor": "50"},
    )
    op.execute(FILL)
    op.execute(BEYOND.format(column="spared", serves=OWN))
    op.execute(BEYOND.format(column="lacking", serves=ANY))
    op.execute(AVAILABLE)


def downgrade() -> None:
    """Drop it: a shortage at one warehouse takes off what others have, as before."""
    op.execute("""UPDATE availability SET available = CASE WHEN stock - reserved - held - kept > 0
        THEN stock - reserved - held - kept ELSE 0 END WHERE spared <> 0 AND selling NOT IN (2, 3)""")
    op.drop_table("warehouse_promise")
    for name in COLUMNS:
        op.drop_column("availability", name)
