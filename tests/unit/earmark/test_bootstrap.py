"""``open_engine``: what Python callers get, and from where."""

import pytest

import earmark
from engine.api import Caller
from engine.clock import to_datetime
from engine.errors import ConfigurationInvalid, DatabaseUnusable, InputError, PluginError, UnknownStore
from engine.requests import Selection, Topology

SHOP = Topology.model_validate(
    {
        "warehouses": [{"name": "Berlin"}],
        "stores": [{"name": "DE", "warehouses": ["Berlin"]}],
        "products": [{"sku": "chair", "concretes": [{"sku": "chair-oak"}]}],
    }
)
PLUGIN = "from plugins import condition\n@condition('Shop/Open')\ndef is_open(item, context): return True\n"


@pytest.fixture(autouse=True)
def nothing_from_outside(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("EARMARK_DATABASE_URL", "EARMARK_PLUGINS"):
        monkeypatch.delenv(name, raising=False)


def test_an_engine_on_a_url_makes_the_database(tmp_path):
    with earmark.open_engine("sqlite:///shop.db") as engine:
        engine.apply_topology(SHOP)
        assert engine.availability(["chair-oak"], "DE")[0].available == 0
    assert (tmp_path / "shop.db").exists()


def test_without_leave_a_missing_database_is_refused(tmp_path):
    with pytest.raises(DatabaseUnusable, match="there is no database"):
        earmark.open_engine("sqlite:///shop.db", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_url_reads_no_settings(tmp_path, monkeypatch):
    (tmp_path / "earmark.toml").write_text('plugins = ["missing.py"]')
    monkeypatch.setenv("EARMARK_PLUGINS", "missing.py")
    earmark.open_engine("sqlite:///shop.db").close()


def test_without_a_url_the_project_in_the_working_folder_counts(tmp_path):
    (tmp_path / "shop.py").write_text(PLUGIN)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("execution:\n  chunk: 7\n")
    (tmp_path / "earmark.toml").write_text('database = "sqlite:///own.db"\nplugins = ["shop.py"]\n')
    with earmark.open_engine() as engine:
        assert engine.runtime.rules.execution.chunk == 7
        assert engine.runtime.plugins.condition("Shop/Open") is not None
    assert (tmp_path / "own.db").exists()


def test_bad_rules_and_plugins_are_told_as_errors_of_the_engine(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "own.yaml").write_text("checkout:\n  hodl: true\n")
    with pytest.raises(ConfigurationInvalid, match=r"own\.yaml:2") as refused:
        earmark.open_engine()
    assert refused.value.code == "rules_invalid"
    (problem,) = refused.value.parameters["problems"]
    assert (problem["file"], problem["line"]) == ("rules/own.yaml", 2)
    with pytest.raises(PluginError, match="missing"):
        earmark.open_engine("sqlite:///shop.db", plugins=["missing.py"])


def test_the_clock_is_passed_down():
    moment = 1_800_000_000_000_000
    with earmark.open_engine("sqlite:///shop.db", clock=lambda: moment) as engine:
        assert to_datetime(engine.runtime.database.clock()) == to_datetime(moment)


def test_an_engine_for_a_caller_shares_the_database_and_has_its_own_stop_signal():
    with earmark.open_engine("sqlite:///shop.db") as engine:
        other = engine.for_caller(Caller(stop=lambda: True))
        assert other.runtime.database is engine.runtime.database
        assert (engine.runtime.stop(), other.runtime.stop()) == (False, True)
        engine.apply_topology(SHOP)
        assert len(other.availability(["chair"], "DE")) == 1


def test_only_what_is_listed_is_public():
    assert {"Caller", "Engine", "__version__", "open_engine"} <= set(earmark.__all__)
    with pytest.raises(AttributeError):
        earmark.nothing()


def test_one_plugin_may_be_given_by_itself(tmp_path):
    """As a sequence of letters it would be five plugins, one of them the folder with all its files."""
    (tmp_path / "shop.py").write_text(PLUGIN)
    (tmp_path / "other.py").write_text("raise SystemExit('not asked for')")
    with earmark.open_engine("sqlite:///shop.db", plugins="shop.py") as engine:
        assert engine.runtime.plugins.condition("Shop/Open") is not None


def test_one_sku_may_be_given_by_itself(tmp_path):
    with earmark.open_engine("sqlite:///shop.db") as engine:
        engine.apply_topology(SHOP)
        assert [view.sku for view in engine.availability("chair-oak", "DE")] == ["chair-oak"]


@pytest.mark.parametrize("store", [None, "", "FR", 5])
def test_what_is_no_store_is_never_sold_out(tmp_path, store):
    with earmark.open_engine("sqlite:///shop.db") as engine:
        engine.apply_topology(SHOP)
        with pytest.raises(UnknownStore, match=f"there is no store {store!r}"):
            engine.availability(["chair-oak"], store)


@pytest.mark.parametrize(
    "wrong",
    [
        {"orders": "DE-1"},
        {"items": "12"},
        {"items": ("1",)},
        {"items": [1.0]},
        {"items": [True]},
        {"orders": [1]},
    ],
)
def test_a_selection_of_letters_or_of_what_is_no_id_is_refused(wrong):
    with pytest.raises(InputError, match="several values of type"):
        Selection(**wrong)
