"""Old names of products, products that are withdrawn, and stores that are closed."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the columns: no product was renamed or withdrawn so far, and every store is open."""
    op.create_table(
        "product_alias",
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"]),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.add_column("product", sa.Column("withdrawn", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("store", sa.Column("active", sa.SmallInteger(), server_default="1", nullable=False))


def downgrade() -> None:
    """Drop them; old names mean nothing any more, and everything is offered again."""
    op.drop_column("store", "active")
    op.drop_column("product", "withdrawn")
    op.drop_table("product_alias")
