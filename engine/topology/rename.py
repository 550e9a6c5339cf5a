"""Giving a product another name: the one it had still means it, wherever it is named."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import TypeAdapter, ValidationError

from engine.errors import InputError, NameTaken, UnknownSku
from engine.inventory.published import tell_anew
from engine.requests import Name
from engine.results import RenameReport
from engine.runtime import Runtime
from engine.storage.database import Work
from engine.topology.mentions import mentions
from engine.versions.names import note_change

_NAME = TypeAdapter(Name)


def rename_product(
    runtime: Runtime,
    old: str,
    new: str,
    *,
    bucket: Callable[[str], int],
    follows: Callable[[Work, int], object] | None = None,
) -> RenameReport:
    """Give the concrete product ``old`` the sku ``new``; once more changes nothing.

    ``bucket`` tells the part of the products that a sku belongs to when databases compare what they know.
    ``follows`` is called in the same transaction with the product's id. Raises UnknownSku, NameTaken where the new
    sku means another product, and InputError for what can be no sku.
    """
    try:
        _NAME.validate_python(new)
    except ValidationError as error:
        told = error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
        raise InputError(f"{new!r} can be no sku: {told[:1].lower()}{told[1:]}") from None
    return runtime.database.transact(partial(_rename, runtime, old, new, bucket, follows))


def _rename(
    runtime: Runtime,
    old: str,
    new: str,
    bucket: Callable[[str], int],
    follows: Callable[[Work, int], object] | None,
    work: Work,
) -> RenameReport:
    work.scalar("topology_alone")
    product = work.first("leaving_product", skus=[old])
    if product is None:
        raise _unknown(work, old)
    number = int(product.id)
    _check(work, str(product.sku), old, new, number)
    changed = product.sku != new
    if changed:
        work.run("rename_drop_alias", sku=new)
        work.run("rename_add_alias", product=number)
        work.run("rename_product", product=number, sku=new)
        names = [str(product.sku), new]
        work.run("rename_told_again", skus=names)
        work.run("rename_told", skus=names, sku=new, bucket=bucket(new))
        note_change(work)
        if follows is not None:
            follows(work, number)
        _tell(work, int(product.abstract_id))
    aliases = tuple(str(row.sku) for row in work.all("rename_aliases", product=number))
    told = [told for name in aliases for told in mentions(runtime, work, "product", name, 0)]
    return RenameReport(old, new, changed, aliases, tuple(told))


def _unknown(work: Work, old: str) -> UnknownSku:
    if work.all("rename_free", skus=[old]):
        return UnknownSku(
            f"{old!r} is an abstract product, and concrete ones are renamed",
            remedy="Name one of its concrete products: 'earmark stock show' lists them.",
            skus=[old],
        )
    return UnknownSku(f"there is no concrete product {old!r}", skus=[old])


def _check(work: Work, sku: str, old: str, new: str, product: int) -> None:
    """See that the product has the old name, and that the new one is free or its own. Raises NameTaken."""
    if sku not in (old, new):
        raise NameTaken(
            f"{old!r} is a name of before of {sku!r}", remedy=f"Rename {sku!r}, as it is called now.", sku=sku
        )
    for row in work.all("rename_free", skus=[new]):
        if row.product_id == product:
            continue
        whose = {
            "abstract": "is the sku of an abstract product",
            "concrete": "is the sku of another product",
            "alias": f"is a name of before of {row.sku!r}",
        }[row.kind]
        raise NameTaken(f"{new!r} {whose}", sku=new)


def _tell(work: Work, abstract: int) -> None:
    """Tell others of the product by its name of now, where they were told of it."""
    rows = work.all("rename_published", abstract=abstract)
    if rows:
        tell_anew([(int(row.abstract_id), int(row.store_id)) for row in rows], work)
