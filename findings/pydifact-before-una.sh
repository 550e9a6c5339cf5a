#!/usr/bin/env bash
# pydifact 0.2.3 drops every interchange that stands before a UNA, without an error or a warning.
#
# A file may hold several interchanges one after the other, and each may begin with a UNA of its own. Here the first
# one has none and the second one has: of two stock reports one is left. Parser.parse looks for the first 'UNA and goes
# on behind it, wherever that is.
#
# Earmark cuts files into segments itself and gives pydifact one at a time (earmark/feeds/formats/edifact/segments.py).
# Not part of CI: it installs the library from where pip installs. It fails when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pydifact==0.2.3

cat >"$folder/two.py" <<'PYTHON'
import warnings
from importlib.metadata import version

from pydifact.exceptions import MissingImplementationWarning
from pydifact.parser import Parser

warnings.simplefilter("error")
# It says of every file that it has no tables to check the segments by; that is all it says.
warnings.simplefilter("ignore", MissingImplementationWarning)


def report(number, una):
    return (
        f"{una}UNB+UNOC:3+DEPOT{number}:14+SHOP:14+261128:0600+{number}'UNH+1+INVRPT:D:96A:UN'BGM+35+{number}+9'"
        f"LIN+1++TEA:SA'QTY+145:{number}0'UNT+5+1'UNZ+1+{number}'"
    )


def quantities(text):
    return [segment.elements[0] for segment in Parser().parse(text) if segment.tag == "QTY"]


print("pydifact", version("pydifact"))
print("neither has a UNA:     ", quantities(report(1, "") + report(2, "")))
print("the second one has one:", quantities(report(1, "") + report(2, "UNA:+.? '")))
PYTHON

cat >"$folder/expected" <<'TEXT'
pydifact 0.2.3
neither has a UNA:      [['145', '10'], ['145', '20']]
the second one has one: [['145', '20']]
TEXT

"$folder/venv/bin/python" "$folder/two.py" | tee "$folder/found"
diff "$folder/expected" "$folder/found" && echo "as found"
