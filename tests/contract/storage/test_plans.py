"""No statement reads all of a table in which what is over lies, but for a few: the databases explain them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from engine.storage.database import Database
from engine.storage.schema import open_database
from engine.storage.statements import Statement

LARGE = (
    "command_run",
    "item_history",
    "item_state",
    "migration_item",
    "order_item",
    "sales_order",
    "transition_run",
)
"""The tables that keep what is over."""

READ_TO_THE_END = {
    "count_history": "a dry run of a purge counts everything",
    "count_runs": "a dry run of a purge counts everything",
    "count_command_calls": "a dry run of a purge counts everything",
    "count_claims": "a dry run of a purge counts everything",
    "count_undo_data": "a dry run of a purge counts everything",
    "any_expiring_hold": "the first row of an index of holds",
    "topology_add_stores": "looks for broken references on SQLite, which only broken ones make it read",
    "insert_version": "looks for broken references on SQLite, which only broken ones make it read",
    "closed_recount": "mends what a full reconcile has found wrong",
    "fill_item_state": "a copy of the whole database",
    "newest_run": "the last thousand only",
    "measure_channel_demand": "what was ordered lately of all products is measured once a night",
    "diff_items": "a topology is compared with what stands now and then, by a person",
    "diff_orders": "a topology is compared with what stands now and then, by a person",
    "guard_facts": "a template: which items it is asked of is added to it",
    "learned_answers": "what the history tells is asked now and then, by a person",
    "learned_arrivals": "what the history tells is asked now and then, by a person",
    "learned_exits": "what the history tells is asked now and then, by a person",
    "state_times": "what the history tells is asked now and then, by a person",
    "items_referenced": "a file without orders is rare: an index would cost every order that is placed",
}
"""Statements that may read all of a large table, and why that is well."""

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_]\w*)|%\(([a-z_]\w*)\)s")

_N = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {})"

# Four of a hundred items are not over. Of a few rows a plan would say nothing.
_ROWS = (
    "INSERT INTO store (id, name) VALUES (1, 'DE')",
    "INSERT INTO process (id, name) VALUES (1, 'P')",
    "INSERT INTO process_version (id, process_id, version, definition, deployed_at) VALUES (1, 1, 'v', '{}', 0)",
    _N.format(5) + " INSERT INTO process_state (id, version_id, position, name) SELECT i, 1, i, 's' || i FROM n",
    _N.format(200) + " INSERT INTO abstract_product (id, sku) SELECT i, 'a' || i FROM n",
    _N.format(200) + " INSERT INTO product (id, sku, abstract_id) SELECT i, 'c' || i, i FROM n",
    _N.format(20_000) + " INSERT INTO sales_order (id, reference, store_id, version_id, placed_at, fingerprint,"
    " data) SELECT i, 'o' || i, 1, 1, 0, '', '{}' FROM n",
    _N.format(20_000) + " INSERT INTO order_item (id, order_id, store_id, product_id, line, quantity, state_id,"
    " last_run_id, state_since) SELECT i, i, 1, mod(i, 200) + 1, 1, 1,"
    " CASE WHEN mod(i, 100) > 3 THEN 5 ELSE mod(i, 100) + 1 END, i, i FROM n",
    _N.format(20_000) + " INSERT INTO transition_run (id, at, trigger, correlation, host, outcome, items)"
    " SELECT i, i, 'place', 'c', 'h', 'placed', 1 FROM n",
    "INSERT INTO item_history (item_id, run_id) SELECT id, id FROM order_item",
    "INSERT INTO command_run (id, key, command, event, state_id, started_at)"
    " SELECT id, id, 'c', 'e', 1, 1 FROM order_item",
    "INSERT INTO migration_item (migration_id, item_id, source_id, state_since, step)"
    " SELECT 1 + mod(id, 20), id, 1, 1, 1 FROM order_item",
)  # fmt: skip


def read_to_the_end(database: Database, connection: Any, statement: Statement) -> Iterator[str]:
    """The large tables of which the plan of a statement reads every row."""
    cursor, values = connection.connection.cursor(), _values(statement)
    if database.dialect == "sqlite":
        cursor.execute(f"EXPLAIN QUERY PLAN {statement.sql}", values)
        aliases = set(re.findall(rf"\b(?:{'|'.join(LARGE)}) (?:AS )?(\w+)", statement.sql))
        for *_, told in cursor.fetchall():
            scanned = re.match(r"SCAN (\w+)", told)
            if scanned and scanned[1] in {*LARGE, *aliases}:
                yield told
    else:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement.sql}", values)
        yield from _whole_scans(cursor.fetchone()[0][0]["Plan"])


def _whole_scans(node: dict[str, Any]) -> Iterator[str]:
    kind = node["Node Type"]
    searched = kind == "ModifyTable" or "Index Cond" in node or "Recheck Cond" in node
    if node.get("Relation Name") in LARGE and not searched:
        yield f"{kind} {node['Relation Name']}"
    for inner in node.get("Plans", ()):
        yield from _whole_scans(inner)


def _values(statement: Statement) -> dict[str, Any]:
    """A value for each parameter."""
    names = {one or other for one, other in _PARAMETER.findall(statement.sql)}
    lists = re.compile(r"json_each\(:(\w+)\)|CAST\(%\((\w+)\)s AS jsonb\)")
    given = {one or other for one, other in lists.findall(statement.sql)}
    return {
        name: "{1}" if name in statement.arrays else "[[1, 1]]" if name in given else "1" for name in names
    }


@pytest.fixture
def filled(database_url: str) -> Iterator[tuple[Database, Any]]:
    database = open_database(database_url)
    with database.writer.connect() as connection, connection.begin() as transaction:
        for rows in _ROWS:
            connection.exec_driver_sql(rows)
        if database.dialect == "postgresql":
            for statement in (
                "INSERT INTO item_state SELECT state_id, id FROM order_item",
                "ANALYZE",
                "SET LOCAL enable_seqscan = off",  # as if the tables were too large to be read
            ):
                connection.exec_driver_sql(statement)
        yield database, connection
        transaction.rollback()
    database.close()


def test_what_is_over_is_not_read_again(filled):
    database, connection = filled
    found = {
        name: told
        for name, statement in database.known.items()
        if re.match(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", statement.sql)
        and name not in READ_TO_THE_END
        and "?" not in statement.sql  # values that are copied, and nothing that is looked up
        and (told := list(read_to_the_end(database, connection, statement)))
    }
    assert found == {}


def test_what_reads_to_the_end_is_seen(database_url):
    database = open_database(database_url)
    statement = Statement("all_items", "", "", "SELECT sum(i.quantity) FROM order_item i", reads=True)
    with database.writer.connect() as connection:
        assert list(read_to_the_end(database, connection, statement))
    database.close()
