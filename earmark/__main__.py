"""The command: ``earmark`` and ``python -m earmark``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    try:
        from earmark.cli.run import run_process

        code = run_process(sys.argv[1:])
    except KeyboardInterrupt:  # so early or so late that nothing of a command is under way
        sys.stderr.write("error: interrupted\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
