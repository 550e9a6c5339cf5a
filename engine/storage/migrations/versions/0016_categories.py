"""Categories of products, and organisations of stores."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table and the columns: no product has a category yet, and no store an organisation."""
    op.create_table(
        "category",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.add_column("abstract_product", sa.Column("category_id", ID, nullable=True))
    op.add_column("store", sa.Column("organisation", sa.Text(), nullable=True))


def downgrade() -> None:
    """Drop the table and the columns."""
    op.drop_column("store", "organisation")
    op.drop_column("abstract_product", "category_id")
    op.drop_table("category")
