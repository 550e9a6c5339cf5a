"""What names the delivery of a stock import besides its content."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the columns. Of what was imported before nobody knows them: its content alone names it."""
    for name in _COLUMNS:
        op.add_column("stock_import", sa.Column(name, sa.Text(), nullable=True))
    told = sa.text("delivery IS NOT NULL")
    op.create_index(
        "stock_import_delivery", "stock_import", ["delivery"], sqlite_where=told, postgresql_where=told
    )


def downgrade() -> None:
    """Drop the columns: the same content is the same delivery again."""
    op.drop_index("stock_import_delivery", "stock_import")
    for name in reversed(_COLUMNS):
        op.drop_column("stock_import", name)


_COLUMNS = ("delivery", "delivery_name", "delivery_stamp")
