"""Tryton: a sale is quoted and confirmed; its processing makes a shipment, and the shipment is assigned.

What Tryton's server does around a call is done here too: each step is one transaction, tried again as often as
the server's configuration says when the database reports that it cannot be, and what it queued is done after it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from serving import Place, serve
from trytond import backend, config
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError
from trytond.worker import run_task


class Shop:
    _name: str
    _user: int
    _context: dict[str, Any]

    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("trytond", "trytond_sale", "trytond_stock", "psycopg")}

    def prepare(self, url: str, stock: dict[str, int]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            secret = Path(folder) / "secret"
            secret.write_text("nobody logs in here 1729\n")
            admin = str(Path(sys.executable).with_name("trytond-admin"))
            words = ["-d", _name(url), "-u", "sale", "--activate-dependencies", "--email", "shop@example.org"]
            environment = {**os.environ, "TRYTONPASSFILE": str(secret)}
            subprocess.run([admin, *words], check=True, env=environment, stdin=subprocess.DEVNULL)
        self._connect(url)
        with Transaction().start(self._name, 0):
            company = _company()
        with Transaction().start(self._name, 0, context=_of(company)):
            _fill(company, stock)

    def open(self, url: str) -> None:
        self._connect(url)
        with Transaction().start(self._name, 0, readonly=True):
            (user,) = Pool().get("res.user").search([("login", "=", "admin")])
            self._user, self._context = user.id, _of(user.company.id)
        with self._reading():
            (party,) = Pool().get("party.party").search([("name", "=", "customer")])
            self._customer = party.id
            products = Pool().get("product.product").search([("code", "!=", None)])
            self._ids = {product.code: product.id for product in products}

    def _connect(self, url: str) -> None:
        self._name = _name(url)
        Pool.start()
        Pool(self._name).init()

    def _reading(self) -> Any:
        return Transaction().start(self._name, self._user, readonly=True, context=self._context)

    def buyer(self) -> Place:
        return self._place

    def _place(self, reference: str, products: list[str]) -> bool:
        sale = self._call(lambda: self._confirmed(reference, products))
        with self._reading():
            shipments = [shipment.id for shipment in Pool().get("sale.sale")(sale).shipments]
        return self._call(lambda: _assign(shipments))

    def _confirmed(self, reference: str, products: list[str]) -> int:
        Sale, Line = Pool().get("sale.sale"), Pool().get("sale.line")
        sale = Sale(party=self._customer, reference=reference, invoice_method="manual")
        sale.on_change_party()
        sale.invoice_method = "manual"
        lines = []
        for sku in products:
            line = Line(sale=sale, product=self._ids[sku], quantity=1)
            line.on_change_product()
            lines.append(line)
        sale.lines = lines
        sale.save()
        Sale.quote([sale])
        Sale.confirm([sale])
        return sale.id

    def _call(self, work: Callable[[], Any]) -> Any:
        count, retry, locks = 0, config.getint("database", "retry"), {}
        while True:
            time.sleep(0.02 * count)
            with Transaction().start(self._name, self._user, context=self._context, **locks) as transaction:
                try:
                    answer = work()
                    transaction.commit()
                except TransactionError as error:
                    transaction.rollback()
                    error.fix(locks)
                    continue
                except backend.DatabaseOperationalError:
                    transaction.rollback()
                    count += 1
                    if count > retry:
                        raise
                    continue
            while transaction.tasks:
                run_task(Pool(self._name), transaction.tasks.pop())
            return answer

    def promised(self, product: str) -> int:
        with self._reading():
            moves = (
                Pool()
                .get("stock.move")
                .search(
                    [
                        ("product", "=", self._ids[product]),
                        ("state", "=", "assigned"),
                    ]
                )
            )
            return int(sum(move.quantity for move in moves))


def _name(url: str) -> str:
    """Return the database's name; the server is the one of TRYTOND_DATABASE_URI."""
    return url.rpartition("/")[2]


def _assign(shipments: list[int]) -> bool:
    Shipment = Pool().get("stock.shipment.out")
    Shipment.wait([shipment for shipment in Shipment.browse(shipments) if shipment.state == "draft"])
    Shipment.assign_try(Shipment.browse(shipments))
    return all(shipment.state == "assigned" for shipment in Shipment.browse(shipments))


def _of(company: int) -> dict[str, Any]:
    return {"company": company, "companies": [company], "language": "en"}


def _company() -> int:
    """Make a company that the user works for, with a warehouse that has an address."""
    pool = Pool()
    Currency, Party, User = pool.get("currency.currency"), pool.get("party.party"), pool.get("res.user")
    Company = pool.get("company.company")
    (currency,) = Currency.create(
        [{"name": "Euro", "code": "EUR", "symbol": "€", "rates": [("create", [{"rate": Decimal(1)}])]}]
    )
    (party,) = Party.create([{"name": "shop", "addresses": [("create", [{}])]}])
    (company,) = Company.create([{"party": party.id, "currency": currency.id}])
    Party.create([{"name": "customer", "addresses": [("create", [{}])]}])
    (user,) = User.search([("login", "=", "admin")])
    user.companies = [company]
    user.company = company
    user.save()
    return company.id


def _fill(company: int, stock: dict[str, int]) -> None:
    pool = Pool()
    (unit,) = pool.get("product.uom").search([("name", "=", "Unit")])
    goods = {"default_uom": unit.id, "type": "goods", "salable": True, "list_price": Decimal(10)}
    goods |= {"sale_uom": unit.id, "account_category": _accounting(company)}
    templates = [
        {**goods, "name": sku, "products": [("create", [{"suffix_code": sku, "cost_price": Decimal(5)}])]}
        for sku in stock
    ]
    made = pool.get("product.template").create(templates)
    (storage,) = pool.get("stock.location").search([("code", "=", "STO")])
    lines = [{"product": template.products[0].id, "quantity": stock[template.name]} for template in made]
    Inventory = pool.get("stock.inventory")
    (inventory,) = Inventory.create([{"location": storage.id, "lines": [("create", lines)]}])
    Inventory.confirm([inventory])


def _accounting(company: int) -> int:
    """Make the category that says to which account a sale is booked; Tryton asks for one."""
    pool = Pool()
    kinds, accounts = pool.get("account.account.type"), pool.get("account.account")
    kind = {"name": "revenue", "company": company, "statement": "income", "revenue": True}
    (revenue,) = kinds.create([kind])
    (account,) = accounts.create([{"name": "sales", "company": company, "type": revenue.id}])
    category = {"name": "goods", "accounting": True, "account_revenue": account.id}
    return pool.get("product.category").create([category])[0].id


if __name__ == "__main__":
    serve(Shop())
