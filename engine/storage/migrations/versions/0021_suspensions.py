"""Suspensions: what stands still, since when, who said so and why."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the table; nothing is suspended so far."""
    op.create_table(
        "suspension",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("item_id", ID, nullable=True),
        sa.Column("order_id", ID, nullable=True),
        sa.Column("store_id", ID, nullable=True),
        sa.Column("process_id", ID, nullable=True),
        sa.Column("version_id", ID, nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_run", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("timeouts", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    active = sa.text("ended_at IS NULL")
    op.create_index(
        "suspension_active", "suspension", ["id"], unique=False, sqlite_where=active, postgresql_where=active
    )
    op.create_index("suspension_item", "suspension", ["item_id"], unique=False)
    op.create_index("suspension_order", "suspension", ["order_id"], unique=False)


def downgrade() -> None:
    """Drop the table: what was suspended goes on."""
    op.drop_table("suspension")
