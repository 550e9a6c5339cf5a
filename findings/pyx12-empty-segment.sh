#!/usr/bin/env bash
# pyx12 4.0.0 ends at an empty segment as if the file ended there, and reports nothing.
#
# Two complete interchanges stand in a file, with one terminator too many between them, as when files are joined. The
# reader yields the first one; what it collects (pop_errors, and cleanup at the end) is empty, since all that was read
# is in order. RawX12File leaves its loop when a segment is the empty text.
#
# Earmark looks whether anything is left when the reader says that it is done (earmark/feeds/formats/x12/segments.py).
# Not part of CI: it installs the library from where pip installs. It fails when the behaviour is another one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyx12==4.0.0

cat >"$folder/two.py" <<'PYTHON'
import io
from importlib.metadata import version

from pyx12.x12file import X12Reader


def advice(number):
    isa = f"ISA*00*{' ' * 10}*00*{' ' * 10}*ZZ*{'DEPOT':15}*ZZ*{'SHOP':15}*261128*0600*U*00401*{number:09d}*0*P*:~"
    return (
        f"{isa}\nGS*IB*DEPOT*SHOP*20261128*0600*{number}*X*004010~\nST*846*0001~\nBIA*00*SI*{number}*20261128~\n"
        f"LIN**SK*TEA~\nQTY*17*{number}0*EA~\nSE*5*0001~\nGE*1*{number}~\nIEA*1*{number:09d}~\n"
    )


def read(text):
    reader = X12Reader(io.StringIO(text))
    quantities, errors = [], []
    for segment in reader:
        errors += reader.pop_errors()
        if segment.get_seg_id() == "QTY":
            quantities.append(segment.get_value("QTY02"))
    reader.cleanup()
    return quantities, errors + reader.pop_errors()


print("pyx12", version("pyx12"))
print("one after the other:      ", *read(advice(1) + advice(2)))
print("an empty segment between: ", *read(advice(1) + "~\n" + advice(2)))
PYTHON

cat >"$folder/expected" <<'TEXT'
pyx12 4.0.0
one after the other:       ['10', '20'] []
an empty segment between:  ['10'] []
TEXT

"$folder/venv/bin/python" "$folder/two.py" | tee "$folder/found"
diff "$folder/expected" "$folder/found" && echo "as found"
