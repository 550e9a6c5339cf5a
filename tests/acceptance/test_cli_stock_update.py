"""``earmark run stock-update``: what waits for the scheduler is imported by hand."""

import shutil
from pathlib import Path

SETTINGS = """
database = "sqlite:///earmark.db"
plugins = ["plugins"]
[[jobs]]
kind = "timeouts"
interval = 1
[[jobs]]
kind = "stock-update"
cron = "0 3 1 1 *"
path = "incoming/*.csv"
settle_s = 0
"""
HEAD = "concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n"


def test_files_that_wait_are_imported_and_put_away(shop, earmark):
    Path("earmark.toml").write_text(SETTINGS)
    Path("incoming").mkdir(exist_ok=True)
    shutil.copy("data/stock.csv", "incoming/one.csv")
    (told,) = earmark("run", "stock-update", "--json").shaped("run-stock-update")
    (entry,) = told["result"]["files"]
    assert (told["job"], told["outcome"], entry["outcome"]) == ("stock-update", "done", "imported")
    assert Path("incoming/done/one.csv").exists()
    assert earmark("run", "stock-update").out == "stock-update  done  no files\n"


def test_what_is_refused_is_told_by_text_and_exit_code(shop, earmark):
    Path("earmark.toml").write_text(SETTINGS)
    Path("incoming").mkdir(exist_ok=True)
    Path("incoming/bad.csv").write_text(HEAD + "chair-oak,Berlin,7,0,0\nchair-oak,Nowhere,1,0,0\n")
    Path("incoming/none.csv").write_text("no stock file\n")
    told = earmark("run", "stock-update", code=1).out
    assert "bad.csv imported: 1 of 2 rows, 1 refused, 0 released" in told
    assert "none.csv refused: " in told
    assert Path("incoming/failed/none.csv").exists()


def test_without_such_a_job_it_says_what_to_do(shop, earmark):
    Path("earmark.toml").write_text(SETTINGS.partition('[[jobs]]\nkind = "stock-update"')[0])
    error = earmark("run", "stock-update", "--json", code=1).error
    assert error["code"] == "configuration_invalid"
    assert error["message"].endswith("earmark.toml has no stock-update job")
