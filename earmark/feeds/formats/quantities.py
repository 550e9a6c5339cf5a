"""The table of a trading partner: which code of a message means which quantity."""

from __future__ import annotations

from earmark.feeds.formats.common import Options
from earmark.feeds.model import Feed

QUANTITIES = {
    "on_hand": "codes of what lies in the warehouse",
    "available": "codes of what can still be sold",
    "committed": "codes of what is promised to orders",
    "reserved": "codes of what is reserved otherwise",
    "held": "codes of what quality control holds back",
    "damaged": "codes of what is damaged",
    "blocked": "codes of what is blocked",
    "in_transit": "codes of what is on its way",
    "displayed": "codes of what is shown and not for sale",
    "ordered": "codes of what is ordered and has not come",
    "other": "codes of a quantity with a meaning of its own",
}
"""The names that a code of a message may be given, with what each option of that name says."""

IGNORE = {"ignore": "codes of quantities that are left out, such as 21 83"}


class CodeTable:
    """What the codes of a partner's quantities mean, from the options of the feed.

    ``columns`` are those of the quantities: each name that the feed uses, then each code as ``quantity_CODE``.
    Raises ConfigurationInvalid when no code is named, or one twice.
    """

    def __init__(self, options: Options, feed: Feed, example: str) -> None:
        self._names: dict[str, str] = {}
        for name in QUANTITIES:
            for code in options.codes(name):
                if code in self._names:
                    raise options.wrong(
                        name, f"{code} is {self._names[code]} already", "Name each code once."
                    )
                self._names[code] = name
        self.ignored = frozenset(options.codes("ignore"))
        if not self._names:
            raise options.wrong(
                "on_hand",
                f'the format "{feed.format}" has to be told which code of the partner is which quantity',
                f"Say at least one: [feeds.options] {example}. Which one it is, the partner's guide says.",
            )
        named = dict.fromkeys(self._names.values())
        self.columns = (*named, *(f"quantity_{code}" for code in self._names))
        self.example = example

    def name_of(self, code: str) -> str | None:
        """Return what a code means to the feed; None where it says nothing of it."""
        return self._names.get(code)
