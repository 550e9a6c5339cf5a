"""Pieces that are held for a cart, before there is an order."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables; nothing is held for any cart yet."""
    op.create_table(
        "cart_hold",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("taken_at", sa.BigInteger(), nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_table(
        "cart_hold_line",
        sa.Column("hold_id", ID, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("counted_hold", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["hold_id"], ["cart_hold.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("hold_id", "line"),
        sqlite_with_rowid=False,
    )
    _index("cart_hold_open", "cart_hold", "hold_until", "ended_at IS NULL")
    _index("cart_hold_line_product", "cart_hold_line", "product_id", "counted_hold != 0")
    _index("cart_hold_line_until", "cart_hold_line", "hold_until", "hold_until IS NOT NULL")


def _index(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition, unique=False)


def downgrade() -> None:
    """Drop the tables. What carts hold then is drift, until reconciling takes it off."""
    op.drop_table("cart_hold_line")
    op.drop_table("cart_hold")
