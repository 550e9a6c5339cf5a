"""What forcing items to a state would do, told without doing anything."""

from __future__ import annotations

from decimal import Decimal

from engine.clock import to_datetime
from engine.inventory.counting import Counting
from engine.moving.suspended import refusal, suspended_among
from engine.operations.force import refusals, select
from engine.quantity import to_decimal
from engine.requests import Selection
from engine.results import AmountChange, BrokenClaim, ForcedFrom, ForcePreview
from engine.runtime import Runtime
from engine.storage.database import Reader
from engine.versions.place import Place


def preview(
    runtime: Runtime, state: str, selection: Selection, *, although_suspended: bool = False
) -> ForcePreview:
    """Return how many items would leave which state, the claims broken, and what reservations become.

    Raises what forcing raises. Each chunk is read as it stands then; what would follow automatically from the
    state is not told.
    """
    selected = select(runtime, state, selection)
    found = ForcePreview(state)
    sources: dict[tuple[str, str], int] = {}
    amounts: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    now = runtime.database.clock()
    for page in selected.pages(runtime):
        with runtime.database.read() as reader:
            leaving: list[Place] = []
            left = {} if although_suspended else suspended_among(reader, page)
            found.blocked += [refusal(item, suspension) for item, suspension in left.items()]
            part = [item for item in page if item not in left]
            for row in reader.all("states_of_items", items=part):
                place = runtime.catalogue.place(reader, row.state_id)
                if place.state.name == state or state not in place.version.process.state_by_name:
                    ids = [one.id for one in reader.all("ids_in_state", items=part, state=row.state_id)]
                    found.blocked += refusals(place, state, ids)
                    continue
                leaving.append(place)
                key = (place.version.name, place.state.name)
                sources[key] = sources.get(key, 0) + int(row.items)
            _add_claims(reader, part, leaving, now, found)
            _add_amounts(reader, state, part, leaving, amounts)
    found.sources = [ForcedFrom(*key, items) for key, items in sources.items()]
    found.reservation = [
        AmountChange(store, sku, *change) for (store, sku), change in sorted(amounts.items()) if any(change)
    ]
    return found


def _add_claims(reader: Reader, part: list[int], leaving: list[Place], now: int, found: ForcePreview) -> None:
    states = [place.state_id for place in leaving]
    found.claims += [
        BrokenClaim(row.item_id, row.holder, row.event, to_datetime(row.expires_at))
        for row in reader.all("live_claims", items=part, states=states, now=now)
    ]


def _add_amounts(
    reader: Reader,
    state: str,
    part: list[int],
    leaving: list[Place],
    amounts: dict[tuple[str, str], tuple[Decimal, Decimal]],
) -> None:
    targets = []
    for place in leaving:
        process = place.version.process
        counting = Counting.in_state(process, process.state_by_name[state])
        targets.append([place.state_id, int(counting.reserves), int(counting.keeps_hold)])
    for row in reader.all("amounts_at_targets", items=part, targets=targets):
        reserved, held = amounts.get((row.store, row.sku), (Decimal(0), Decimal(0)))
        change = (reserved + to_decimal(int(row.reserved)), held + to_decimal(int(row.held)))
        amounts[row.store, row.sku] = change
