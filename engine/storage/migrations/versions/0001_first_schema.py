"""The first schema: stores and stock, processes, orders and items, execution, import, outbox, jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "abstract_product",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sku"),
    )
    op.create_table(
        "command_member",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("command_run_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("command_member_run", "command_member", ["command_run_id"], unique=False)
    op.create_table(
        "command_run",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("state_id", ID, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
    )
    op.create_table(
        "due_step",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("run_id", ID, nullable=True),
        sa.Column("chain", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("stuck_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("due_step_due", "due_step", ["due_at"], unique=False)
    op.create_index("due_step_run", "due_step", ["run_id"], unique=False)
    op.create_table(
        "item_claim",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("claimed_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item_id"),
    )
    op.create_index("item_claim_token", "item_claim", ["token"], unique=False)
    op.create_table(
        "item_history",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("run_id", ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("item_id", "run_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "item_timeout",
        sa.Column("item_id", ID, autoincrement=False, nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item_id", "event"),
        sqlite_with_rowid=False,
    )
    op.create_index("item_timeout_due", "item_timeout", ["due_at", "item_id"], unique=False)
    op.create_table(
        "job_run",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("job"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "outbox_open",
        "outbox",
        ["id"],
        unique=False,
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.create_table(
        "process",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("current_version_id", ID, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "stock_import",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("file_hash", sa.Text(), nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("forced", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refused", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("stock_import_file", "stock_import", ["file_hash"], unique=False)
    op.create_table(
        "stock_staging",
        sa.Column("import_id", ID, autoincrement=False, nullable=False),
        sa.Column("product_id", ID, autoincrement=False, nullable=False),
        sa.Column("warehouse_id", ID, autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("never_out_of_stock", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("is_bundle", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("import_id", "product_id", "warehouse_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "store",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("remote", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "sweep_cursor",
        sa.Column("state_id", ID, autoincrement=False, nullable=False),
        sa.Column("item_id", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("state_id"),
    )
    op.create_table(
        "transition_run",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("correlation", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=True),
        sa.Column("source_id", ID, nullable=True),
        sa.Column("target_id", ID, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=True),
        sa.Column("command_key", sa.Text(), nullable=True),
        sa.Column("conditions", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("duration_us", sa.BigInteger(), nullable=True),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "warehouse",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("active", sa.SmallInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "abstract_availability",
        sa.Column("abstract_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("available", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("never_out_of_stock", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("event_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["abstract_id"],
            ["abstract_product.id"],
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.PrimaryKeyConstraint("abstract_id", "store_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "process_version",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("process_id", ID, nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("deployed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["process_id"],
            ["process.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("process_version_once", "process_version", ["process_id", "version"], unique=True)
    op.create_table(
        "product",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("abstract_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["abstract_id"],
            ["abstract_product.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sku"),
    )
    op.create_index(op.f("ix_product_abstract_id"), "product", ["abstract_id"], unique=False)
    op.create_table(
        "store_sharing",
        sa.Column("store_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.CheckConstraint("store_id <> other_id", name="not_itself"),
        sa.ForeignKeyConstraint(
            ["other_id"],
            ["store.id"],
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.PrimaryKeyConstraint("store_id", "other_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "store_warehouse",
        sa.Column("store_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.PrimaryKeyConstraint("store_id", "warehouse_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_store_warehouse_warehouse_id"), "store_warehouse", ["warehouse_id"], unique=False
    )
    op.create_table(
        "availability",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("stock", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("available", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("never_out_of_stock", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.PrimaryKeyConstraint("product_id", "store_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "process_state",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reserved", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("can_reserve", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["process_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_process_state_name"), "process_state", ["name"], unique=False)
    op.create_index("process_state_once", "process_state", ["version_id", "position"], unique=True)
    op.create_table(
        "reservation",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("exported_version", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
        ),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.PrimaryKeyConstraint("product_id", "store_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sales_order",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("version_id", ID, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["store_id"],
            ["store.id"],
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["process_version.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
    )
    op.create_table(
        "stock",
        sa.Column("product_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=False),
        sa.Column("quantity", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("never_out_of_stock", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("is_bundle", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("counted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"],
            ["warehouse.id"],
        ),
        sa.PrimaryKeyConstraint("product_id", "warehouse_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "order_item",
        sa.Column("id", ID, autoincrement=True, nullable=False),
        sa.Column("order_id", ID, nullable=False),
        sa.Column("store_id", ID, nullable=False),
        sa.Column("product_id", ID, nullable=False),
        sa.Column("warehouse_id", ID, nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("state_id", ID, nullable=False),
        sa.Column("step", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state_since", sa.BigInteger(), nullable=False),
        sa.Column("last_run_id", ID, nullable=True),
        sa.Column("counted_reserved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("counted_hold", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["sales_order.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "order_item_hold",
        "order_item",
        ["hold_until"],
        unique=False,
        sqlite_where=sa.text("hold_until IS NOT NULL"),
        postgresql_where=sa.text("hold_until IS NOT NULL"),
    )
    op.create_index("order_item_order", "order_item", ["order_id"], unique=False)
    op.create_index("order_item_product", "order_item", ["product_id", "store_id"], unique=False)
    op.create_index("order_item_state", "order_item", ["state_id"], unique=False)


def downgrade() -> None:
    """Drop every table."""
    op.drop_index("order_item_state", table_name="order_item")
    op.drop_index("order_item_product", table_name="order_item")
    op.drop_index("order_item_order", table_name="order_item")
    op.drop_index(
        "order_item_hold",
        table_name="order_item",
        sqlite_where=sa.text("hold_until IS NOT NULL"),
        postgresql_where=sa.text("hold_until IS NOT NULL"),
    )
    op.drop_table("order_item")
    op.drop_table("stock")
    op.drop_table("sales_order")
    op.drop_table("reservation")
    op.drop_index("process_state_once", table_name="process_state")
    op.drop_index(op.f("ix_process_state_name"), table_name="process_state")
    op.drop_table("process_state")
    op.drop_table("availability")
    op.drop_index(op.f("ix_store_warehouse_warehouse_id"), table_name="store_warehouse")
    op.drop_table("store_warehouse")
    op.drop_table("store_sharing")
    op.drop_index(op.f("ix_product_abstract_id"), table_name="product")
    op.drop_table("product")
    op.drop_index("process_version_once", table_name="process_version")
    op.drop_table("process_version")
    op.drop_table("abstract_availability")
    op.drop_table("warehouse")
    op.drop_table("transition_run")
    op.drop_table("sweep_cursor")
    op.drop_table("store")
    op.drop_table("stock_staging")
    op.drop_index("stock_import_file", table_name="stock_import")
    op.drop_table("stock_import")
    op.drop_table("process")
    op.drop_index(
        "outbox_open",
        table_name="outbox",
        sqlite_where=sa.text("published_at IS NULL"),
        postgresql_where=sa.text("published_at IS NULL"),
    )
    op.drop_table("outbox")
    op.drop_table("job_run")
    op.drop_index("item_timeout_due", table_name="item_timeout")
    op.drop_table("item_timeout")
    op.drop_table("item_history")
    op.drop_index("item_claim_token", table_name="item_claim")
    op.drop_table("item_claim")
    op.drop_index("due_step_run", table_name="due_step")
    op.drop_index("due_step_due", table_name="due_step")
    op.drop_table("due_step")
    op.drop_table("command_run")
    op.drop_index("command_member_run", table_name="command_member")
    op.drop_table("command_member")
    op.drop_table("abstract_product")
