"""How many items stand in each closed state, so that nobody has to count what is over."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Which states are closed, their processes say: rows of others that count nothing are never asked for.
COUNT = """
INSERT INTO closed_items (state_id, store_id, since, items, summed)
SELECT i.state_id, i.store_id, min(i.state_since), count(*), 1
FROM order_item i JOIN process_state t ON t.id = i.state_id AND t.reserved = 0 AND t.can_reserve = 0
GROUP BY i.state_id, i.store_id,
         CASE WHEN i.state_since < (SELECT max(n.state_since) FROM order_item n) - 691200000000 THEN 0
              ELSE i.state_since / 3600000000 END
"""


def upgrade() -> None:
    """Add the table, and count the items that are there, by state, store and hour.

    What is eight days older than the newest is one sum.
    """
    op.create_table(
        "closed_items",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("state_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("items", sa.BigInteger(), nullable=False),
        sa.Column("summed", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(COUNT)


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("closed_items")
