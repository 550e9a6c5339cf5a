"""The exchange of reservations with other databases."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the tables, and the margin that is kept for stores of other databases: nothing."""
    op.add_column("reservation", sa.Column("margin", sa.BigInteger(), server_default="0", nullable=False))
    kept = sa.text("margin <> 0")
    op.create_index(
        "reservation_margin",
        "reservation",
        ["product_id", "store_id"],
        unique=False,
        sqlite_where=kept,
        postgresql_where=kept,
    )
    _who_is_who()
    _told()
    _sent()


def _who_is_who() -> None:
    op.create_table(
        "exchange_self",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exchange_peer",
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("origin"),
    )
    op.create_table(
        "exchange_store",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("last_version", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("imported_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("store"),
    )


def _told() -> None:
    op.create_table(
        "exchange_told",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("reserved", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.SmallInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("store", "sku"),
    )
    waiting = sa.text("waiting = 1")
    op.create_index(
        "exchange_told_waiting",
        "exchange_told",
        ["store", "sku"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "exchange_refused",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _sent() -> None:
    op.create_table(
        "exchange_channel",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("unanswered", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("digest_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "exchange_sent",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("pairs", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "exchange_answer",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Drop the tables and the margin."""
    for name in ("answer", "sent", "channel", "refused", "told", "store", "peer", "self"):
        op.drop_table(f"exchange_{name}")
    op.drop_index("reservation_margin", "reservation")
    op.drop_column("reservation", "margin")
