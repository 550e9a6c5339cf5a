"""What has changed the numbers of stock: counts, and corrections by hand."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table. Of what was counted before nothing is known but the stock itself."""
    op.create_table(
        "stock_change",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("quantity_before", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.Column("import_id", ID, nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("released", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stock_change_product", "stock_change", ["product_id", "id"], unique=False)
    told = sa.text("reference IS NOT NULL")
    op.create_index(
        "stock_change_reference",
        "stock_change",
        ["reference"],
        unique=True,
        sqlite_where=told,
        postgresql_where=told,
    )


def downgrade() -> None:
    """Drop the table; the stock stays as it is."""
    op.drop_table("stock_change")
