"""Rule files that change while an engine runs: taken up when they are right, and left when they are not."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest

from earmark import open_engine
from earmark.bootstrap import Wiring, open_wired, read_rules
from earmark.reloading import RuleFiles, rules_followed
from engine.requests import Topology
from plugins import load_plugins
from tests.helpers.waiting import until

GOODS = {
    "warehouses": [{"name": "North"}],
    "stores": [{"name": "DE", "warehouses": ["North"]}],
    "products": [{"sku": "tea", "concretes": [{"sku": "tea-1"}]}],
}


@pytest.fixture
def folder(tmp_path) -> Path:
    made = tmp_path / "rules"
    made.mkdir()
    return made


@pytest.fixture
def engine(tmp_path, folder):
    wiring = Wiring(load_plugins([], entry_points=False), read_rules(folder), folder)
    with open_wired(wiring, f"sqlite:///{tmp_path / 'earmark.db'}") as opened:
        opened.apply_topology(Topology.model_validate(GOODS))
        stock = tmp_path / "stock.csv"
        stock.write_text("concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\ntea-1,North,10,0,0\n")
        opened.import_stock(stock)
        yield opened


def write(folder: Path, text: str, moment: int) -> None:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    os.utime(path, (moment, moment))


def available(engine) -> int:
    return int(engine.availability(["tea-1"], "DE")[0].available)


def test_a_changed_file_counts_for_rules_and_options(engine, folder):
    files = RuleFiles(engine, folder)
    assert not files.look()
    write(folder, "execution: {chunk: 7}\noptions: {system: {inventory_threshold: 4}}", 1)
    assert files.look()
    assert (engine.for_caller(engine.caller).runtime.rules.execution.chunk, available(engine)) == (7, 6)
    assert not files.look()
    (folder / "shop.yaml").unlink()
    assert files.look()
    assert (engine.runtime.rules.execution.chunk, available(engine)) == (10000, 10)


def test_a_broken_file_leaves_the_last_good_one_and_says_so_once(engine, folder, caplog):
    files = RuleFiles(engine, folder)
    write(folder, "options: {system: {inventory_threshold: 4}}", 1)
    assert files.look()
    write(folder, "options: {system: {inventory_threshold: four}}", 2)
    with caplog.at_level(logging.ERROR, "earmark.rules"):
        assert not files.look()
        assert not files.look()
    assert len(caplog.records) == 1
    assert "shop.yaml:1" in caplog.text
    assert available(engine) == 6
    write(folder, "options: {system: {inventory_threshold: 5}}", 3)
    assert files.look()
    assert available(engine) == 5


def test_what_contradicts_the_database_is_left_too(engine, folder, caplog):
    engine.set_option("product tea-1", "minimum_quantity_to_order", 5)
    files = RuleFiles(engine, folder)
    write(folder, "options: {products: {tea-1: {maximum_quantity_to_order: 3, inventory_threshold: 4}}}", 1)
    assert not files.look()
    assert "below the minimum" in caplog.text
    assert available(engine) == 10


def test_a_program_follows_its_files_while_it_runs(engine, folder):
    with rules_followed(engine, folder, look_s=0.01):
        write(folder, "options: {system: {inventory_threshold: 4}}", 1)
        until(lambda: available(engine) == 6, "the changed rules")
    with rules_followed(engine, None):
        pass


def test_an_included_file_that_changes_counts_as_well(engine, folder):
    (folder / "more").mkdir()
    (folder / "more" / "tea.yaml").write_text("options: {products: {tea-1: {inventory_threshold: 1}}}")
    write(folder, "include: [more/tea.yaml]", 1)
    files = RuleFiles(engine, folder)
    (folder / "more" / "tea.yaml").write_text("options: {products: {tea-1: {inventory_threshold: 9}}}  #")
    assert files.look()
    assert available(engine) == 1


def test_an_engine_that_is_opened_takes_up_what_changed_meanwhile(tmp_path, folder, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "earmark.toml").write_text('rules = "rules"\n')
    write(folder, "options: {system: {inventory_threshold: 4}}", 1)
    for threshold in (4, 5):
        write(folder, f"options: {{system: {{inventory_threshold: {threshold}}}}}", threshold)
        with open_engine() as engine:
            engine.apply_topology(Topology.model_validate(GOODS))
            told = engine.explain_options("tea-1", "DE").options["inventory_threshold"]
            assert (told.value, told.source) == (threshold, "file")
