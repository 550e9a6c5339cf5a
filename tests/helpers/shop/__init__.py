"""The shop that tests drive: an engine on a database, with stores, goods, processes, plugins and orders.

Its parts lie in files of their own: how it is opened, its goods, its orders, what lies beneath the engine, and what
is seen of it. ``PublicShop`` is the same shop, opened and filled by nothing but what is public.
"""

from tests.helpers.shop.driver import Shop
from tests.helpers.shop.feed import FeedRows
from tests.helpers.shop.goods import HEADER, SHARED, stock_file
from tests.helpers.shop.orders import cart, codes, numbered, order
from tests.helpers.shop.public import PublicShop

__all__ = [
    "HEADER",
    "SHARED",
    "FeedRows",
    "PublicShop",
    "Shop",
    "cart",
    "codes",
    "numbered",
    "order",
    "stock_file",
]
