"""Inventory options: what was said, who said it when, and what follows for each product in each store."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add tables and columns. Nobody has said anything yet: everything is sold as its stock says."""
    op.create_table(
        "option_set",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("content"),
    )
    op.create_table(
        "option_layer",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "option_change",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("option", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.add_column("availability", sa.Column("selling", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("availability", sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("availability", sa.Column("option_set_id", ID, nullable=True))


def downgrade() -> None:
    """Drop tables and columns; stored availability stays as it was computed with the options."""
    op.drop_column("availability", "option_set_id")
    op.drop_column("availability", "kept")
    op.drop_column("availability", "selling")
    op.drop_table("option_change")
    op.drop_table("option_layer")
    op.drop_table("option_set")
