"""A virtual environment for each peer, in a folder of its own, made once and again when its pins change."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.catalogue import Peer

HERE = Path(__file__).parent
_MINUTES = 15


class NotInstalled(Exception):
    """A peer cannot be installed; the text says why."""


def python_of(peer: Peer, cache: Path) -> Path:
    """Return the Python that the peer's driver runs with, installed first where it is not yet.

    Raises NotInstalled.
    """
    if peer.environment is None:
        return Path(sys.executable)
    folder = cache / peer.environment
    python = folder / "bin" / "python"
    pins = HERE / f"{peer.environment}.txt"
    wanted = hashlib.sha256(f"{peer.packages} {pins.read_text()}".encode()).hexdigest()
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"Installing {peer.title} into {folder} ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", "--constraint", str(pins), *peer.packages])
    stamp.write_text(wanted)
    return python


def _run(command: list[str]) -> None:
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    environment.pop("PIP_CONSTRAINT", None)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_MINUTES * 60, env=environment, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"installing took more than {_MINUTES} minutes") from None
    if done.returncode:
        raise NotInstalled(_reason(done.stderr + done.stdout))


def _reason(output: str) -> str:
    """Return the line that says why: the first error of pip, else the last line there is."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines[-1:] or ["no reason was given"])[0]
