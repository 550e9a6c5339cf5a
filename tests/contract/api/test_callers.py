"""Several callers on one opened engine, at the same time: each with a name, a stop signal and a correlation."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from engine.api import Caller
from engine.errors import InputError, NotAvailable
from engine.facts import Placed, Refused, Stepped
from engine.requests import MigrationRequest, Selection
from engine.versions.catalogue import Catalogue
from engine.versions.place import Version
from tests.helpers.observing import watch
from tests.helpers.plugins import fails
from tests.helpers.shop import numbered, order

SALE = """
    states new open paid* packed* sent
    new -> open : start
    open -> paid : pay
    paid -> packed : pack
    packed -> sent : send
    packed -> sent : stock-update
    event start onEnter
    event pack onEnter command=pack
    event send timeout=1day
"""


@pytest.fixture
def sale(world):
    world.deploy(SALE)
    world.command("pack")
    return world


def by(world, name, **more):
    return world.engine.for_caller(Caller(name, **more))


def actors(world, item):
    return [entry.actor for entry in world.history(item)]


def correlations(world, item):
    return [entry.correlation for entry in world.history(item)]


def in_threads(*calls):
    """Make the calls at the same time, each in a thread of its own; return what they return."""
    begin = Barrier(len(calls))

    def made(call):
        begin.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result(60) for future in [pool.submit(made, call) for call in calls]]


def test_two_callers_at_once_are_each_named_in_the_history(sale):
    def day(name):
        engine = by(sale, name)
        items = []
        for number in range(10):
            (item,) = engine.place(order(f"{name}-{number}", "tea-1")).items
            assert engine.trigger("pay", Selection(items=(item.id,))).moved == 1
            items.append(item.id)
        return items

    anna, ben = in_threads(lambda: day("anna"), lambda: day("ben"))
    for name, items in (("anna", anna), ("ben", ben)):
        assert {tuple(actors(sale, item)) for item in items} == {(name,) * 4}
        assert {sale.state(item) for item in items} == {"packed"}
    assert sale.drift() == []
    assert sale.engine.caller.actor is None


def test_the_stop_of_one_caller_does_not_stop_another_one(make_shop):
    sale = make_shop(execution={"chunk": 2, "lock_wait_s": 0.0}).stocked(tea_1=100)
    sale.deploy("states new paid done\nnew -> paid : pay\npaid -> done : end")
    mine, others = sale.place_many(6), sale.place_many(6)
    asked = iter([False, True])
    stopping = by(sale, "anna", stop=lambda: next(asked, True))
    going_on = by(sale, "ben")
    stopped, complete = in_threads(
        lambda: stopping.trigger("pay", Selection(items=mine)),
        lambda: going_on.trigger("pay", Selection(items=others)),
    )
    assert (stopped.complete, stopped.moved) == (False, 2)
    assert (complete.complete, complete.moved) == (True, 6)
    assert sale.engine.trigger("pay", Selection(items=mine[2:])).complete


def test_a_given_correlation_is_that_of_everything_the_calls_set_off(sale):
    engine = by(sale, "anna", correlation="request-7")
    notes = watch(sale)
    engine = sale.engine.for_caller(engine.caller)
    engine.place(order("A", "tea-1"))
    engine.place_many(numbered([order("B", "tea-1"), order("C", "tea-2")]))
    engine.trigger("pay", Selection(orders=("A", "B")))
    sale.forward(86_400)
    assert engine.run_timeouts().moved == 2
    items = [item.id for name in "ABC" for item in sale.engine.order(name).items]
    assert {c for item in items for c in correlations(sale, item)} == {"request-7"}
    told = notes.of(Stepped) + notes.of(Placed)
    assert {fact.correlation for fact in told} == {"request-7"}


def test_refusals_and_spans_carry_a_given_correlation(sale):
    notes = watch(sale)
    (item,) = sale.place()
    sale.command("pack", does=fails())
    engine = by(sale, "anna", correlation="request-8")
    assert engine.trigger("pay", Selection(items=(item,))).failed
    assert engine.retry(Selection(items=(item,))).failed
    assert {fact.correlation for fact in notes.of(Refused)} == {"request-8"}
    spans = {name: told for name, _, told in notes.spans if "correlation" in told}
    assert spans["earmark.retry"] == {"correlation": "request-8"}
    assert spans["earmark.trigger"]["correlation"] == "request-8"


def test_what_a_count_releases_has_the_correlation_of_whoever_imports(sale, tmp_path):
    (item,) = sale.place()
    sale.trigger("pay", item)
    sale.forward(60)
    file = tmp_path / "count.csv"
    file.write_text("concrete_sku,name,quantity,is_never_out_of_stock,is_bundle\ntea-1,North,99,0,0\n")
    report = by(sale, "anna", correlation="file-1").import_stock(
        file, as_of=sale.engine.runtime.database.clock()
    )
    assert report.released == 1
    assert correlations(sale, item)[-1] == "file-1"


def test_without_one_every_call_has_a_new_correlation(sale):
    engine = by(sale, "anna")
    first = engine.place(order("A", "tea-1")).items[0].id
    second = engine.place(order("B", "tea-1")).items[0].id
    placed, started = correlations(sale, first)
    assert placed == started
    assert placed not in correlations(sale, second)
    engine.trigger("pay", Selection(items=(first,)))
    *before, paid, packed = correlations(sale, first)
    assert paid == packed
    assert paid not in before


def test_a_migration_of_a_caller_with_a_correlation_can_be_undone(sale):
    (item,) = sale.place()
    sale.deploy(SALE.replace("event send", "packed -> open : back\nevent send"))
    engine = by(sale, "anna", correlation="request-9")
    done = engine.migrate(MigrationRequest(process="Sale", version="current"))
    assert done.moved == 1
    assert engine.undo_migration(done.migration).moved == 1
    assert actors(sale, item)[-2:] == ["anna", "anna"]


def test_the_engine_of_a_caller_closes_nothing(sale):
    with by(sale, "anna") as engine:
        engine.place(order("A", "tea-1"))
    engine.close()
    assert by(sale, "ben").order("A").items
    assert sale.engine.place(order("B", "tea-1")).items


def test_a_caller_of_a_caller_is_another_one(sale):
    anna = by(sale, "anna", correlation="c")
    ben = anna.for_caller(Caller("ben", roles=("operator", "auditor")))
    assert (ben.caller.actor, ben.caller.roles, ben.caller.correlation) == (
        "ben",
        ("operator", "auditor"),
        None,
    )
    assert anna.caller.actor == "anna"


@pytest.mark.parametrize(("own", "further"), [(True, False), (False, True)])
def test_a_further_signal_stops_like_the_callers_own(sale, own, further):
    (item,) = sale.place()
    caller = Caller("anna", correlation="c", stop=lambda: own).until(lambda: further)
    assert not sale.engine.for_caller(caller).trigger("pay", Selection(items=(item,))).complete
    assert (caller.actor, caller.correlation) == ("anna", "c")
    going_on = Caller("anna").until(lambda: False)
    assert sale.engine.for_caller(going_on).trigger("pay", Selection(items=(item,))).moved == 1


def test_callers_share_what_is_sold(sale):
    def buy(name):
        try:
            return by(sale, name).place(order(name, "tea-1 60")).reference
        except NotAvailable:
            return None

    sold = in_threads(lambda: buy("anna"), lambda: buy("ben"))
    assert sum(name is not None for name in sold) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"actor": "an\0na"}, "actor is a text without NUL"),
        ({"actor": 5}, "actor is a text"),
        ({"correlation": "a\0"}, "correlation is a text without NUL"),
        ({"correlation": ""}, "correlation is empty"),
        ({"roles": "operator"}, "roles are several texts"),
    ],
)
def test_what_is_no_caller_is_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        Caller(**wrong)


def test_threads_that_read_a_version_at_once_get_one_and_the_same(sale, monkeypatch):
    from engine.definition import process_from_canonical

    catalogue, both = Catalogue(), Barrier(2)

    def at_once(text):
        process = process_from_canonical(text)
        both.wait(30)
        return process

    monkeypatch.setattr("engine.versions.catalogue.process_from_canonical", at_once)
    number = sale.value("SELECT id FROM process_version")

    def look():
        with sale.engine.runtime.database.read() as reader:
            version = catalogue.version(reader, number)
            return version, [catalogue.place(reader, state) for state in version.state_ids]

    (one, ones), (other, others) = in_threads(look, look)
    assert one is other
    assert all(place.version is one for place in ones)
    assert [id(place) for place in ones] == [id(place) for place in others]


def test_a_version_that_is_read_while_events_are_looked_up_does_no_harm(sale, monkeypatch):
    sale.deploy("states new done\nnew -> done : finish")
    catalogue = Catalogue()
    known = Version.event
    with sale.engine.runtime.database.read() as reader:
        first, second = (number for (number,) in reader.tuples("all_versions"))
        catalogue.version(reader, first)

        def reading(version, name):
            catalogue.version(reader, second)
            return known(version, name)

        monkeypatch.setattr(Version, "event", reading)
        assert not catalogue.knows_event("finish")
        assert catalogue.knows_event("finish")
