"""django-oscar: a basket is filled product by product, checked, and placed, each request in one transaction.

The checks are those of oscar's own views: whether each product may be bought when it is put into the basket, and
whether every line still may when the order is placed.
"""

from __future__ import annotations

import tempfile
from importlib.metadata import version
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings
from oscar import defaults
from serving import Place, serve

_OSCAR = ["analytics", "checkout", "address", "shipping", "catalogue", "catalogue.reviews", "communication"]
_OSCAR += ["partner", "basket", "payment", "offer", "order", "customer", "search", "voucher", "wishlists"]
_OSCAR += ["dashboard"]
_DASHBOARD = ["catalogue", "communications", "offers", "orders", "pages", "partners", "ranges", "reports"]
_DASHBOARD += ["reviews", "shipping", "users", "vouchers"]
_DJANGO = ["auth", "contenttypes", "sessions", "sites", "messages", "flatpages"]


class Shop:
    def versions(self) -> dict[str, str]:
        return {name: version(name) for name in ("django-oscar", "Django", "psycopg")}

    def prepare(self, url: str, stock: dict[str, int]) -> None:
        _configure(url)
        from django.core.management import call_command
        from django.db import transaction

        call_command("migrate", verbosity=0, run_syncdb=True)
        with transaction.atomic():
            _fill(stock)

    def open(self, url: str) -> None:
        _configure(url)
        from oscar.core.loading import get_class, get_model

        self._basket = get_model("basket", "Basket")
        self._product = get_model("catalogue", "Product")
        self._strategy = get_class("partner.strategy", "Default")()
        self._shipping = get_class("shipping.methods", "Free")()
        self._totals = get_class("checkout.calculators", "OrderTotalCalculator")()
        self._creator = get_class("order.utils", "OrderCreator")()
        self._ids = dict(self._product.objects.values_list("upc", "id"))

    def buyer(self) -> Place:
        return self._place

    def _place(self, reference: str, products: list[str]) -> bool:
        from django.db import transaction

        basket = self._basket()
        basket.strategy = self._strategy
        for sku in products:
            with transaction.atomic():
                product = self._product.objects.get(id=self._ids[sku])
                if not self._may_be_bought(self._strategy.fetch_for_product(product)):
                    return False
                basket.add_product(product, quantity=1)
        with transaction.atomic():
            # The next request reads its basket anew.
            basket = self._basket.objects.get(id=basket.id)
            basket.strategy = self._strategy
            lines = [self._strategy.fetch_for_line(line) for line in basket.all_lines()]
            if not all(map(self._may_be_bought, lines)):
                return False
            self._order(basket, reference)
        return True

    def _may_be_bought(self, info: Any) -> bool:
        return info.availability.is_purchase_permitted(1)[0]

    def _order(self, basket: Any, reference: str) -> None:
        charge = self._shipping.calculate(basket)
        self._creator.place_order(
            basket=basket,
            total=self._totals.calculate(basket, charge),
            shipping_method=self._shipping,
            shipping_charge=charge,
            order_number=reference,
        )
        basket.submit()

    def promised(self, product: str) -> int:
        record = self._product.objects.get(upc=product).stockrecords.get()
        return record.num_allocated or 0


def _fill(stock: dict[str, int]) -> None:
    from oscar.core.loading import get_model

    kind = get_model("catalogue", "ProductClass").objects.create(name="goods", track_stock=True)
    partner = get_model("partner", "Partner").objects.create(name="warehouse")
    for sku, pieces in stock.items():
        product = get_model("catalogue", "Product").objects.create(upc=sku, title=sku, product_class=kind)
        get_model("partner", "StockRecord").objects.create(
            product=product, partner=partner, partner_sku=sku, price=10, num_in_stock=pieces
        )


def _configure(url: str) -> None:
    if settings.configured:
        return
    apps = [f"django.contrib.{name}" for name in _DJANGO] + ["oscar.config.Shop"]
    apps += [_app(name) for name in _OSCAR] + [_app(f"dashboard.{name}") for name in _DASHBOARD]
    own = {name: value for name, value in vars(defaults).items() if name.isupper()}
    settings.configure(
        **own,
        SECRET_KEY="bench",
        SITE_ID=1,
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[*apps, "widget_tweaks", "haystack", "treebeard", "django_tables2"],
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        DATABASES={"default": _database(url)},
        MEDIA_ROOT=tempfile.gettempdir(),
        LOGGING_CONFIG=None,
    )
    django.setup()


def _app(name: str) -> str:
    """Return the configuration of one of oscar's apps: ``dashboard.orders`` has ``OrdersDashboardConfig``."""
    words = name.split(".")
    camel = "".join(word.capitalize() for word in reversed(words))
    camel = "CatalogueReviews" if name == "catalogue.reviews" else camel
    return f"oscar.apps.{name}.apps.{camel}Config"


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        options = {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path[1:], "OPTIONS": options}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": parts.hostname,
        "PORT": parts.port or 5432,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "NAME": parts.path[1:],
    }


if __name__ == "__main__":
    serve(Shop())
