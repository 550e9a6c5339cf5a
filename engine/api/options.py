"""The verbs of inventory options: what rule files say, what the database says, and what products have."""

from __future__ import annotations

import json
from typing import Any

from engine.api.base import Base
from engine.options import apply
from engine.options.layers import changes, said_in
from engine.reading import option_diff
from engine.reading import options as reading
from engine.requests import mentioned
from engine.results import OptionChangeView, OptionProblem, OptionsDiff, OptionsReport, OptionsView
from rules import EngineRules
from rules.options.model import Options as OptionRules


def level_changes(old: OptionRules, new: OptionRules) -> list[tuple[str, str, Any, Any]]:
    """Return what differs between options: level, option, and its value before and after, None for nothing."""
    told = changes(said_in(old), said_in(new))
    return [(str(level), str(option), _value(was), _value(now)) for level, option, was, now in told]


def _value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


class Options(Base):
    """Says inventory options, and tells where each comes from."""

    def use_rules(self, rules: EngineRules) -> None:
        """Go by other rules from now on; engines that ``for_caller`` has given before go by the old ones."""
        self.runtime.rules = rules
        self.runtime.combiners.clear()

    def use_options(self, options: OptionRules | None, origin: str | None = None) -> OptionsReport | None:
        """Have rule files say these options, all of them; ``origin`` is where they were read from.

        Availability and its events follow in the same transaction. None is returned where they say so already.
        Options of None leave what counts as it is, unless files of the same origin have said it. Raises
        RulesInvalid where they contradict what the database says.
        """
        with self._span("use_options"):
            return apply.use_options(self.runtime, options, origin)

    def set_option(self, level: str, option: str, value: Any) -> OptionsReport:
        """Say an option in the database at a level, such as ``category Shoes``; None takes it back.

        What rule files say of the same option at the same level counts before it. Raises InputError, UnknownSku,
        UnknownStore, NotFound, RulesInvalid.
        """
        with self._span("set_option"):
            return apply.say_option(self.runtime, mentioned(level), mentioned(option), value)

    def explain_options(self, sku: str, store: str) -> OptionsView:
        """Return the options of a product in a store, each with the level that it comes from, and what can be sold.

        Raises UnknownSku, UnknownStore.
        """
        return reading.explain_options(self.runtime, mentioned(sku), mentioned(store))

    def option_problems(self, options: OptionRules | None = None) -> list[OptionProblem]:
        """Return what of the options, or of those that count, does not fit the stored topology."""
        return reading.option_problems(self.runtime, options)

    def diff_options(
        self, old: OptionRules | None, new: OptionRules | None, *, limit: int = 100
    ) -> OptionsDiff:
        """Return what would differ if rule files said ``new`` in place of ``old``, and what could be sold then.

        What the database says counts as it does beside any files. ``limit`` is how many products are told.
        """
        return option_diff.diff_options(self.runtime, old or OptionRules(), new or OptionRules(), limit)

    def option_history(
        self, *, level: str = "", limit: int = 100, before: int | None = None
    ) -> list[OptionChangeView]:
        """Return who changed which option when, the newest first; ``before`` is the id of a change.

        Raises InputError for what is no level.
        """
        return reading.option_history(self.runtime, mentioned(level), limit, before)
