"""The peers: what each one runs, what one order is there, and what it does more or less than Earmark."""

from __future__ import annotations

from dataclasses import dataclass

BOTH = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Peer:
    """One row of the comparison.

    ``environment`` names the folder below the cache in which ``packages`` are installed as the file of the same
    name pins them (None: Earmark's own). ``clients`` are processes, or threads of one process. ``variables`` are
    set for its processes; ``{server}`` in them is the server's URL, ``{home}`` the folder of the environment.
    """

    key: str
    title: str
    driver: str
    order: str
    more: str
    less: str
    environment: str | None = None
    packages: tuple[str, ...] = ()
    clients: str = "processes"
    databases: tuple[str, ...] = BOTH
    words: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()


_EARMARK = (
    "`place`: an order, its items in the first state of a process, which holds the pieces; history, counts"
)
_OURS = "no prices, taxes, customers, payments"
_NAIVE = (
    "an order, its items moved to a reserved state by the machine, a row of history each, the stock's counter"
)
_LESS = "no stores and warehouses, no timeouts, no answer to a repeated order, no check of a process"
_MEDUSA = (
    "three items reserved by `createReservationItems` under the lock of the locking module; no order is made"
)
_MEDUSA_LESS = "no order, no history; quantities are read, added in JavaScript and written back"

PEERS = (
    Peer(
        "earmark-threads", "Earmark, one process", "earmark_shop.py", _EARMARK, "", _OURS, clients="threads"
    ),
    Peer("earmark", "Earmark, processes", "earmark_shop.py", _EARMARK, "", _OURS),
    Peer(
        "naive",
        "transitions + SQLModel, as first written",
        "naive_shop.py",
        _NAIVE,
        "nothing",
        f"{_LESS}; stock is read, compared in Python and written back",
        environment="naive",
        packages=("transitions", "sqlmodel", "psycopg[binary]"),
    ),
    Peer(
        "naive-locked",
        "transitions + SQLModel, rows locked",
        "naive_shop.py",
        f"{_NAIVE}; the rows of stock are locked first",
        "nothing",
        _LESS,
        environment="naive",
        packages=("transitions", "sqlmodel", "psycopg[binary]"),
        words=("locked",),
    ),
    Peer(
        "oscar",
        "django-oscar",
        "oscar_shop.py",
        "a basket of three products, checked when each is added and again at the end, totals, `place_order`",
        "prices, taxes, offers, vouchers, shipping charge, the basket itself",
        "no reservation that follows an item's state, no history of steps, no timeouts; stock is two numbers",
        environment="oscar",
        packages=("django-oscar", "psycopg[binary]"),
    ),
    Peer(
        "tryton",
        "Tryton (trytond_sale)",
        "tryton_shop.py",
        "a sale of three lines quoted and confirmed, its shipment made, waiting, and assigned; no invoice",
        "prices, taxes, units, addresses, shipments, double-entry stock moves, a log of changes",
        "no availability that is kept: it is summed from all moves on every assignment; no process of one's own",
        environment="tryton",
        packages=("trytond_sale", "trytond_stock", "psycopg[binary,pool]"),
        databases=("postgresql",),
        variables=(("TRYTOND_DATABASE_URI", "{server}/"),),
    ),
    Peer(
        "medusa",
        "Medusa's inventory module, one process",
        "medusa_shop.mjs",
        _MEDUSA,
        "locations, back orders",
        f"{_MEDUSA_LESS}; the lock is in memory",
        environment="medusa",
        clients="threads",
        databases=("postgresql",),
        variables=(("BENCH_HOME", "{home}"), ("NODE_ENV", "production")),
    ),
    Peer(
        "medusa-processes",
        "Medusa's inventory module, processes",
        "medusa_shop.mjs",
        _MEDUSA,
        "locations, back orders",
        f"{_MEDUSA_LESS}; the lock is in memory, each process has its own",
        environment="medusa",
        databases=("postgresql",),
        variables=(("BENCH_HOME", "{home}"), ("NODE_ENV", "production")),
    ),
)


def chosen(names: list[str]) -> list[Peer]:
    """Return the named peers (all without names), and always Earmark; raises ValueError for an unknown name."""
    known = {peer.key for peer in PEERS}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"there is no peer {unknown[0]!r}: choose from {', '.join(sorted(known))}")
    return [peer for peer in PEERS if not names or peer.key in names or peer.key.startswith("earmark")]
