"""What the pages of docs/feeds say: the example file, the stock that is read from it, and what is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs" / "feeds"
EXAMPLES = DOCS / "examples"

_STORE = {"name": "DE"}


@dataclass(frozen=True)
class Page:
    """A page of docs/feeds."""

    name: str
    text: str

    @property
    def example(self) -> Path:
        """The first file that the page links to."""
        found = re.search(r"\]\((examples/[\w.-]+)\)", self.text)
        assert found is not None, f"{self.name} links to no example"
        return DOCS / found[1]

    @property
    def shown(self) -> list[str]:
        """The lines of the example that the page shows."""
        blocks = re.findall(r"^```csv\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return [line for block in blocks for line in block.splitlines()]

    @property
    def stock(self) -> dict[tuple[str, str], tuple[Decimal, bool]]:
        """Quantity and never out of stock, by sku and warehouse."""
        rows = self._table(r"^\| sku \| warehouse \| quantity \| \|\n\|[-|]+\|\n")
        return {(sku, house): (Decimal(amount), said != "") for sku, house, amount, said in rows}

    @property
    def refused(self) -> list[tuple[int, str]]:
        """Lines of the example that are refused, and their codes."""
        rows = self._table(r"^\| line \| refused as \|\n\|[-|]+\|\n")
        return [(int(line), code.strip("`")) for line, code in rows]

    @property
    def traps(self) -> list[str]:
        """What the page warns of, by its bold words."""
        section = self.text.split("\n## Traps\n")[1].split("\n## ")[0]
        return re.findall(r"^- \*\*(.+?)\*\*", section, re.MULTILINE)

    @property
    def settings(self) -> list[str]:
        """The blocks of TOML that the page gives."""
        return re.findall(r"^```toml\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)

    def _table(self, head: str) -> list[list[str]]:
        found = re.search(head + r"((?:^\|.*\|\n)+)", self.text, re.MULTILINE)
        lines = found[1].splitlines() if found else []
        return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]


def page(name: str) -> Page:
    return Page(name, (DOCS / f"{name}.md").read_text(encoding="utf-8"))


def names() -> list[str]:
    return sorted(path.stem for path in DOCS.glob("*.md") if path.stem not in ("index", "formats"))


def topology(stock: dict[tuple[str, str], object], *more: str) -> dict[str, object]:
    """A topology with these skus and warehouses, all of one store."""
    skus = sorted({*(sku for sku, _ in stock), *more})
    houses = sorted({house for _, house in stock})
    return {
        "warehouses": [{"name": house} for house in houses],
        "stores": [{**_STORE, "warehouses": houses}],
        "products": [{"sku": "all of them", "concretes": [{"sku": sku} for sku in skus]}],
    }
