"""Where there is one of everything, the command line speaks of one."""

import re
from pathlib import Path

PLURAL = re.compile(r"(?<![\w.,:-])1 (?:[a-z-]+ ){0,2}?(?!is\b|was\b|has\b|this\b)[a-z]+[^su\W]s\b")
"""A single one with a plural, such as ``1 items`` or ``1 live items``."""

PROCESS = """\
<statemachine xmlns="urn:earmark:process:1"><process name="One" main="true">
  <states><state name="new" reserved="true"/><state name="sent" reserved="true"/><state name="done"/></states>
  <transitions>
    <transition><source>new</source><target>sent</target><event>send</event></transition>
    <transition><source>sent</source><target>done</target><event>stock-update</event></transition>
  </transitions>
  <events><event name="send" manual="true"/><event name="stock-update"/></events>
</process></statemachine>
"""

FILES = {
    "One.xml": PROCESS,
    "Wrong.xml": PROCESS.replace("<target>sent</target>", "<target>nowhere</target>"),
    "topology.yaml": "warehouses: [{name: W}]\nstores: [{name: DE, warehouses: [W]}]\n"
    "products: [{sku: shirt, concretes: [{sku: shirt-m}]}]\n",
    "wrong.yaml": "warehouses: [{name: W, colour: red}]\n",
    "order.json": '{"reference": "O1", "store": "DE", "process": "One", '
    '"items": [{"sku": "shirt-m", "quantity": 1}]}\n',
    "too-much.json": '{"reference": "O2", "store": "DE", "process": "One", '
    '"items": [{"sku": "shirt-m", "quantity": 100}]}\n',
    "orders.jsonl": '{"reference": "O3", "store": "DE", "items": [{"sku": "shirt-m", "quantity": 1}]}\nbad\n',
    "stock.csv": "concrete_sku,name,quantity,is_never_out_of_stock\nshirt-m,W,9,0\n",
    "warehouse.csv": "name,is_active\nW,1\n",
    "links.csv": "warehouse_name,store_name\nW,DE\n",
    "wrong.csv": "concrete_sku,name,quantity,is_never_out_of_stock\nshirt-m\n",
}

COMMANDS = """\
process check One.xml
process check Wrong.xml
process deploy One.xml
process show One.xml
process list
process draw One -o one.svg --counts
topology apply topology.yaml
topology apply wrong.yaml
topology read warehouse.csv links.csv --json
stock import stock.csv
stock import wrong.csv
stock show shirt-m
stock correct shirt-m --warehouse W --by 1 --reason found
stock history shirt-m
order place order.json
order place order.json
order place too-much.json
order place orders.jsonl
order show O1
order list
item list
item show 1
why 1
matrix
availability shirt-m --store DE --explain
run conditions
run timeouts
trigger send --item 1
trigger send --item 1
stuck
history 1
force new --item 1 --reason mistake --dry-run
retry --item 1
reservation reconcile
process migrate One --to 0000
stock import stock.csv --as-of 2026-01-01T00:00:00Z
doctor --verbose
purge --older-than 1day --dry-run
"""


def test_one_of_a_thing_is_singular(earmark):
    for name, text in FILES.items():
        Path(name).write_text(text)
    said = []
    for line in COMMANDS.splitlines():
        done = earmark(*line.split(), code=None)
        said += [(line, told) for told in (done.out + done.err).splitlines()]
    assert [pair for pair in said if PLURAL.search(pair[1])] == []
    whole = "\n".join(told for _, told in said)
    expected = [
        "1 order with 1 item placed",
        "1 of 1 row imported",
        "1 store, 1 warehouse",
        "1 item examined",
    ]
    assert [text for text in expected if text not in whole] == []
