"""Which marked objects are registered, and which are refused."""

from __future__ import annotations

import functools
from types import ModuleType

import pytest

from engine.hooks import Scope
from plugins import PluginsInvalid, Registry, command, condition, load_plugins

HEAD = "from plugins import command, condition, timeout_processor, reservation_handler\n"


def module(text: str, name: str = "shop") -> ModuleType:
    made = ModuleType(name)
    made.__file__ = f"{name}.py"
    exec(compile(HEAD + text, f"{name}.py", "exec"), made.__dict__)
    return made


def registry(*texts: str) -> Registry:
    made = Registry()
    for number, text in enumerate(texts):
        made.add_module(module(text, f"shop{number}"))
    return made


def refused(*texts: str) -> list[str]:
    with pytest.raises(PluginsInvalid) as caught:
        registry(*texts)
    return [str(problem) for problem in caught.value.problems]


def test_what_the_engine_gets_is_what_was_declared():
    made = registry(
        "@command('A', per='batch', transactional=True)\ndef a(items, context): return {'n': len(items)}\n"
        "@condition('B', per='batch', constant=False)\ndef b(items, context): return ()\n"
        "@timeout_processor('C')\ndef c(item, text, now): return now\n"
        "@reservation_handler\ndef d(changes, work): ...\n"
    )
    found = made.command("A")
    assert found is not None
    assert (found.scope, found.transactional, found.call([1, 2], None)) == (Scope.BATCH, True, {"n": 2})
    asked = made.condition("B")
    assert asked is not None
    assert (asked.scope, asked.constant) == (Scope.BATCH, False)
    processor = made.timeout_processor("C")
    assert processor is not None
    assert processor(None, "", 5) == 5
    assert [handler.__name__ for handler in made.reservation_handlers()] == ["d"]


def test_one_call_is_for_one_item_unless_said_otherwise():
    made = registry("@command('A')\ndef a(item, context): ...\n@condition('A')\ndef b(item, context): ...\n")
    assert (made.command("A").scope, made.condition("A").scope) == (Scope.ITEM, Scope.ITEM)
    assert made.command("A").transactional is False
    assert made.condition("A").constant is None


def test_names_are_exact():
    made = registry("@command('Shop/A')\ndef a(item, context): ...\n")
    assert [made.command(name) for name in ("shop/a", "Shop/A ", "A")] == [None, None, None]
    assert made.condition("Shop/A") is None


def test_a_function_may_bear_several_names():
    made = registry("@command('A')\n@command('B')\ndef a(item, context): ...\n")
    assert made.command("A").call is made.command("B").call


def test_anything_that_can_be_called_may_be_a_plugin():
    class Capture:
        def __call__(self, items, context):
            return {"captured": len(items)}

    def with_limit(limit, item, context):
        return item > limit

    shop = ModuleType("shop")
    shop.capture = command("A", per="order")(Capture())
    shop.above = condition("B")(functools.partial(with_limit, 3))
    made = Registry()
    assert made.add_module(shop) == 2
    assert made.command("A").call([1], None) == {"captured": 1}
    assert made.condition("B").call(4, None) is True


def test_a_decorated_plugin_is_registered_as_the_wrapper():
    made = registry(
        "import functools\n"
        "def louder(function):\n"
        "    @functools.wraps(function)\n"
        "    def wrapper(item, context): return {**function(item, context), 'loud': True}\n"
        "    return wrapper\n"
        "@louder\n@command('A')\ndef a(item, context): return {'a': 1}\n"
    )
    assert made.command("A").call(None, None) == {"a": 1, "loud": True}


def test_a_plugin_that_two_modules_show_is_one_plugin():
    made = Registry()
    first = module("@command('A')\ndef a(item, context): ...\n@reservation_handler\ndef b(c, w): ...\n")
    second = ModuleType("second")
    second.again, second.other = first.a, first.b
    assert (made.add_module(first), made.add_module(second)) == (2, 2)
    assert len(made.listing()) == 2


def test_a_name_that_is_taken_is_refused_with_both_places():
    text = "@command('A')\ndef a(item, context): ...\n"
    (problem,) = refused(text, "\n" + text)
    assert problem.startswith('shop1.py:3: the command "A" is registered already, at shop0.py:2.')


def test_a_built_in_cannot_be_replaced(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(HEAD + "@command('DummyPayment/Pay')\ndef a(item, context): ...\n", encoding="utf-8")
    with pytest.raises(PluginsInvalid, match="registered already") as caught:
        load_plugins([str(path)], entry_points=False)
    assert "dummy_payment.py" in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@command('A')\ndef a(item): ...", "cannot be called with (item, context)"),
        ("@command('A', per='order')\ndef a(): ...", "cannot be called with (items, context)"),
        ("@condition('A', per='batch')\ndef a(items, context, more): ...", "(items, context)"),
        ("@timeout_processor('A')\ndef a(item, now): ...", "cannot be called with (item, text, now)"),
        ("@reservation_handler\ndef a(changes): ...", "cannot be called with (changes, work)"),
        ("@command('A')\ndef a(item, *, context): ...", "cannot be called with (item, context)"),
        (
            "@command('A', per='orders')\ndef a(items, context): ...",
            "has per='orders'. Write per=\"item\" or",
        ),
        (
            "@condition('A', per='order')\ndef a(items, context): ...",
            "has per='order'. Write per=\"item\" or per",
        ),
        ("@command('A', transactional='no')\ndef a(item, context): ...", "transactional='no'"),
        ("@condition('A', constant=1)\ndef a(item, context): ...", "constant=1"),
        ("@command('')\ndef a(item, context): ...", "has the name ''"),
        ("@command(None)\ndef a(item, context): ...", "has the name None"),
        ("@command(' A')\ndef a(item, context): ...", "space around its name"),
        ("@condition('rule:x')\ndef a(item, context): ...", "named like a guard"),
        ("@command('A')\nasync def a(item, context): ...", "is async"),
        ("@condition('A', per='batch')\ndef a(items, context): yield 1", "yields"),
        ("@command('A')\nclass A:\n  def __init__(self, item, context): ...", "is a class"),
        ("class A:\n  @command('A')\n  def a(self, item, context): ...", "is a method of the class A"),
        (
            "class A:\n  @staticmethod\n  @command('A')\n  def a(item, context): ...",
            "is a method of the class A",
        ),
    ],
)
def test_what_cannot_be_called_is_refused(text, said):
    (problem,) = refused(text)
    assert problem.startswith("shop0.py")
    assert said in problem


def test_a_plugin_that_python_would_lose_is_refused():
    first = "@command('A')\ndef run(item, context): ...\n"
    second = "@command('B')\ndef run(item, context): ...\n"
    (problem,) = refused(first + second)
    assert 'the command "B" takes the Python name of the plugin at shop0.py:2, which is lost' in problem


def test_all_mistakes_of_a_module_are_told_together():
    text = "@command('A', per='x')\ndef a(item): ...\n@condition('B')\ndef b(): ...\n"
    assert len(refused(text)) == 3


def test_the_listing_says_where_each_plugin_comes_from():
    made = registry("@reservation_handler\ndef b(c, w): ...\n@command('A', per='order')\ndef a(i, c): ...\n")
    first, second = (plugin.as_dict() for plugin in made.listing())
    assert first == {"kind": "command", "name": "A", "per": "order", "module": "shop0", "place": "shop0.py:4"}
    assert (second["kind"], second["name"], second["per"]) == ("reservation handler", "b", None)
