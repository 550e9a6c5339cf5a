"""Earmark: ``Engine.place`` into a process whose first state is not reserved, so that each item is held."""

from __future__ import annotations

import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

from serving import Place, serve

from benchmarks.world import PROCESS, settle
from earmark import open_engine
from engine.api.engine import Engine
from engine.definition import load_process
from engine.errors import NotAvailable
from engine.requests import OrderRequest, Topology
from engine.storage.schema import upgrade


class Shop:
    _engine: Engine

    def versions(self) -> dict[str, str]:
        return {"Earmark": version("earmark"), "Python": platform.python_version()}

    def prepare(self, url: str, stock: dict[str, int]) -> None:
        upgrade(url)
        products = [{"sku": f"of {sku}", "concretes": [{"sku": sku}]} for sku in stock]
        stores = [{"name": "DE", "warehouses": ["W1"]}]
        topology = {"warehouses": [{"name": "W1"}], "stores": stores, "products": products}
        rows = "".join(f"{sku},W1,{pieces},0,0\n" for sku, pieces in stock.items())
        with open_engine(url) as engine, tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            (root / "Bench.xml").write_text(PROCESS.replace(' condition="Bench/Guard"', ""))
            (root / "stock.csv").write_text(
                f"concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\n{rows}"
            )
            engine.apply_topology(Topology.model_validate(topology))
            process = load_process(root / "Bench.xml").process
            assert process is not None
            engine.deploy(process)
            engine.import_stock(root / "stock.csv")
            settle(engine)

    def open(self, url: str) -> None:
        self._engine = open_engine(url)

    def buyer(self) -> Place:
        return self._place

    def _place(self, reference: str, products: list[str]) -> bool:
        lines = [{"sku": sku, "quantity": 1} for sku in products]
        order = {"reference": reference, "store": "DE", "process": "Bench", "items": lines}
        try:
            self._engine.place(OrderRequest.model_validate(order))
        except NotAvailable:
            return False
        return True

    def promised(self, product: str) -> int:
        (row,) = self._engine.availability([product], store="DE")
        return int(row.stock - row.available)


if __name__ == "__main__":
    serve(Shop())
