"""Amendments of orders."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table; no order was amended so far, and nothing was taken out of one."""
    op.create_table(
        "order_amendment",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("order_amendment_order", "order_amendment", ["order_id", "key"], unique=True)
    op.add_column("sales_order", sa.Column("amended", sa.Integer(), server_default="0", nullable=False))
    op.add_column(
        "order_item", sa.Column("amended_out", sa.SmallInteger(), server_default="0", nullable=False)
    )


def downgrade() -> None:
    """Drop it; orders stay as they were amended."""
    op.drop_column("order_item", "amended_out")
    op.drop_column("sales_order", "amended")
    op.drop_table("order_amendment")
