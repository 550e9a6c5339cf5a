"""Parts of items: what an item was split from."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COLUMNS = ("split_from", "split_run_id", "split_quantity", "split_start")


def upgrade() -> None:
    """Add what a part knows of the item it was split from; no item was split so far."""
    for name in COLUMNS:
        kind = sa.BigInteger()
        if name in ("split_from", "split_run_id"):
            kind = kind.with_variant(sa.Integer(), "sqlite")
        op.add_column("order_item", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Drop it; parts stay as items of their own."""
    for name in COLUMNS:
        op.drop_column("order_item", name)
