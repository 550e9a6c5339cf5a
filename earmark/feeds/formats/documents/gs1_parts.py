"""The parts of GS1's inventory reports: places, products, balances and movements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree

from earmark.feeds.formats.documents.parsing import child, first_text, iso_time, local, text

COLUMNS = (
    "sku",
    "gtin",
    "buyer_sku",
    "seller_sku",
    "location",
    "location_name",
    "sub_location",
    "reporting_party",
    "status",
    "quantity",
    "unit",
    "batch",
    "counted_at",
)
"""The columns of a balance."""

_ASSIGNED = {"SUPPLIER_ASSIGNED": "seller_sku", "BUYER_ASSIGNED": "buyer_sku", "GTIN": "gtin"}
_PLACES = (("gln",), ("additionalPartyIdentification",), ("additionalLocationIdentification",))
_PLACE_NAMES = (("organisationDetails", "organisationName"), ("address", "name"), ("locationName",))


@dataclass(frozen=True, slots=True)
class Line:
    """A balance or a movement: a quantity in one status. ``problem`` is why it cannot be taken."""

    quantity: str = ""
    unit: str = ""
    status: str = ""
    batch: str = ""
    sub_location: str = ""
    counted_at: str = ""
    problem: str = ""


def place(element: etree._Element | None) -> dict[str, str]:
    """Return number and name of a party or place."""
    name = first_text(element, *_PLACE_NAMES)
    return {"location": first_text(element, *_PLACES) or name, "location_name": name}


def trade_item(element: etree._Element | None) -> dict[str, str]:
    """Return the numbers of a product; ``sku`` is the GTIN, else the first that somebody gave it."""
    found = {"gtin": gtin} if (gtin := text(element, "gtin")) else {}
    others = []
    for one in () if element is None else element:
        if local(one) == "additionalTradeItemIdentification" and (number := (one.text or "").strip()):
            others.append(number)
            kind = str(one.get("additionalTradeItemIdentificationTypeCode") or "").upper()
            if kind in _ASSIGNED:
                found.setdefault(_ASSIGNED[kind], number)
    return {**found, "sku": next(filter(None, (found.get("gtin"), *others)), "")}


ON_HAND, SELLABLE = "ON_HAND", "SELLABLE_ACCESSIBLE"

PART_OF_ON_HAND = "SELLABLE_ACCESSIBLE, PART OF ON_HAND"
"""The status of what can be sold, where what lies there is told as well: adding both up would count it twice."""


def line_items(element: etree._Element) -> Iterator[Line]:
    """Yield the balances of an inventoryItemLocationInformation; those below another one are counted in it."""
    lines = list(_line_items(element))
    on_hand = any(line.status == ON_HAND for line in lines)
    for line in lines:
        yield replace(line, status=PART_OF_ON_HAND) if on_hand and line.status == SELLABLE else line


def _line_items(element: etree._Element) -> Iterator[Line]:
    for item in element:
        if local(item) != "inventoryStatusLineItem" or text(item, "parentLineItemNumber"):
            continue
        sub_location = first_text(item, ("inventorySubLocationId",), ("inventorySubLocation", "gln"))
        counted = first_text(item, ("inventoryDateTime",), ("inventoryDateTime", "beginDateTime"))
        specifications = [one for one in item if local(one) == "inventoryStatusQuantitySpecification"]
        if not specifications:
            yield Line(problem="a line has no quantity")
        for one in specifications:
            status = first_text(one, ("inventoryStatusType",), ("inventoryStatusCode",))
            line = _line(child(one, "quantityOfUnits"), status)
            yield replace(line, sub_location=sub_location, counted_at=iso_time(counted))


def activities(element: etree._Element) -> Iterator[Line]:
    """Yield the movements of an inventoryItemLocationInformation."""
    for item in element:
        if local(item) == "inventoryActivityLineItem":
            for one in item:
                if local(one) == "inventoryActivityQuantitySpecification":
                    yield _movement(one, child(one, "quantityOfUnits"))


def logistics_status(element: etree._Element) -> Iterator[Line]:
    """Yield the balances of a tradeItemInventoryStatus: its total, or each batch where it has none.

    Batches beside a total are part of it.
    """
    status = text(element, "inventoryDispositionCode")
    counted = iso_time(text(element, "inventoryDateTime"))
    sub_location = first_text(element, *(("inventorySubLocation", *way) for way in _PLACES))
    total = child(element, "tradeItemQuantity")
    if total is not None:
        yield replace(_line(total, status), sub_location=sub_location, counted_at=counted)
        return
    batches = [one for one in element if local(one) == "transactionalItemData"]
    if not batches:
        yield Line(status=status, problem="a status has no quantity")
    for one in batches:
        batch = first_text(one, ("batchNumber",), ("lotNumber",), ("serialNumber",))
        line = _line(child(one, "tradeItemQuantity"), status)
        yield replace(line, batch=batch, sub_location=sub_location, counted_at=counted)


def logistics_event(element: etree._Element) -> Line:
    """Return the movement of a tradeItemInventoryEvent: its total, or that of its only batch."""
    quantity = child(element, "tradeItemQuantity")
    batches = [one for one in element if local(one) == "transactionalItemData"]
    if quantity is None and len(batches) > 1:
        return Line(problem="a movement has several batches and no total")
    return _movement(
        element, child(batches[0], "tradeItemQuantity") if quantity is None and batches else quantity
    )


def _line(quantity: etree._Element | None, status: str) -> Line:
    # Version 3.1 writes sellable_accessible, 3.2 SELLABLE_ACCESSIBLE.
    status = status.upper()
    if quantity is None:
        return Line(status=status, problem=f"the status {status or '(none)'} has no quantity")
    return Line(text(quantity), str(quantity.get("measurementUnitCode") or ""), status)


def _movement(element: etree._Element, quantity: etree._Element | None) -> Line:
    """Return a movement with its sign: INCREASE adds, DECREASE takes away."""
    said = {(one.text or "").strip().upper() for one in element.iter()}
    directions = said & {"INCREASE", "DECREASE"}
    line = replace(
        _line(quantity, " ".join(sorted(directions))), counted_at=iso_time(text(element, "eventDateTime"))
    )
    if line.problem:
        return line
    if len(directions) != 1:
        return replace(line, problem="a movement does not say whether it is an INCREASE or a DECREASE")
    return replace(line, quantity=f"-{line.quantity}") if directions == {"DECREASE"} else line
