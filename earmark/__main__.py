"""The command: ``earmark`` and ``python -m earmark``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    from earmark.cli.run import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
