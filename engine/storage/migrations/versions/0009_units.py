"""Units of products, each with its number of decimals; and hot rows that the server does not check twice."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

HOT = {
    "product": {"abstract_id": "abstract_product"},
    "stock": {"product_id": "product", "warehouse_id": "warehouse"},
    "reservation": {"product_id": "product", "store_id": "store"},
    "availability": {"product_id": "product", "store_id": "store"},
    "abstract_availability": {"abstract_id": "abstract_product", "store_id": "store"},
}
"""The references that PostgreSQL no longer checks for each row; SQLite checks them at no cost."""


def upgrade() -> None:
    """Add the table and the column. No product has a unit yet: quantities have six decimals, as before."""
    op.create_table(
        "unit",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("is_default", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.add_column("product", sa.Column("unit_id", ID, nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        for table, references in HOT.items():
            for column in references:
                op.drop_constraint(f"{table}_{column}_fkey", table, type_="foreignkey")


def downgrade() -> None:
    """Drop table and column; quantities have six decimals again."""
    if op.get_bind().dialect.name == "postgresql":
        for table, references in HOT.items():
            for column, target in references.items():
                op.create_foreign_key(f"{table}_{column}_fkey", table, target, [column], ["id"])
    op.drop_column("product", "unit_id")
    op.drop_table("unit")
