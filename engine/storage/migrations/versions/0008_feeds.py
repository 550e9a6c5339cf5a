"""Which feed a stock import is of, on which terms its file was taken, and what it came to."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the columns. Every import of before was one of what is on hand; what it changed is not known."""
    for name, kind, default in _COLUMNS:
        column = sa.Column(name, kind, server_default=default, nullable=default is None)
        op.add_column("stock_import", column)
    op.create_index("stock_import_feed", "stock_import", ["feed", "id"], unique=False)


def downgrade() -> None:
    """Drop the columns; what was imported stays. A delta that comes again would be applied again."""
    op.drop_index("stock_import_feed", "stock_import")
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("stock_import", name)


_COLUMNS = (
    ("feed", sa.Text(), None),
    ("kind", sa.Text(), "on_hand"),
    ("whole", sa.SmallInteger(), "0"),
    ("dry", sa.SmallInteger(), "0"),
    ("stopped", sa.Text(), None),
    ("stopped_because", sa.Text(), None),
    ("accepted", sa.SmallInteger(), "0"),
    ("imported", sa.BigInteger(), "0"),
    ("changed", sa.BigInteger(), "0"),
    ("released", sa.BigInteger(), "0"),
    ("kept", sa.BigInteger(), "0"),
    ("oldest_at", sa.BigInteger(), None),
)
