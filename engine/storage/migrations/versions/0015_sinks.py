"""Sinks, each with its own position in the sequence of messages."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables and the place of a message in the sequence; who has published goes on doing so."""
    op.add_column("outbox", sa.Column("sequence", sa.BigInteger(), nullable=True))
    given, open_ = sa.text("sequence IS NOT NULL"), sa.text("sequence IS NULL")
    op.create_index(
        "outbox_sequence", "outbox", ["sequence"], unique=True, sqlite_where=given, postgresql_where=given
    )
    op.create_index("outbox_unplaced", "outbox", ["id"], sqlite_where=open_, postgresql_where=open_)
    op.create_table(
        "sink_position",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        _number("position", "0"),
        _number("sent_at"),
        _number("attempts", "0"),
        _number("retry_at"),
        _number("failing_since"),
        sa.Column("error", sa.Text(), nullable=True),
        _number("token", "0"),
        sa.Column("holder", sa.Text(), nullable=True),
        _number("lease_until"),
        _number("resends", "0"),
        _number("resend"),
        _number("resend_abstract", "0"),
        _number("resend_store", "0"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "sink_kept",
        sa.Column("id", ID, nullable=False),
        sa.Column("sink", sa.Text(), nullable=False),
        sa.Column("message_key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.execute(
        "INSERT INTO sink_position (name, stream) "
        "SELECT '', '' WHERE EXISTS (SELECT 1 FROM outbox WHERE published_at IS NOT NULL)"
    )


def _number(name: str, default: str | None = None) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=default is None)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("sink_kept")
    op.drop_table("sink_position")
    op.drop_index("outbox_unplaced", "outbox")
    op.drop_index("outbox_sequence", "outbox")
    op.drop_column("outbox", "sequence")
