"""An environment of its own for each peer, of pip or npm, made once and again when its pins change."""

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


def command_of(peer: Peer, cache: Path) -> list[str]:
    """Return what the peer's driver is run with, installed first where it is not yet.

    Raises NotInstalled.
    """
    if peer.environment is None:
        return [sys.executable]
    folder, pins = cache / peer.environment, pins_of(peer)
    wanted = hashlib.sha256(f"{peer.packages} {pins.read_text(encoding='utf-8')}".encode()).hexdigest()
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"Installing {peer.title} into {folder} ...", file=sys.stderr, flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        _install(peer, folder, pins)
        stamp.write_text(wanted)
    return ["node"] if _of_npm(pins) else [str(folder / "bin" / "python")]


def pins_of(peer: Peer) -> Path:
    """Return the file that pins the versions of the peer's packages: constraints of pip, or a package.json."""
    pins = HERE / f"{peer.environment}.txt"
    return pins if pins.exists() else pins.with_suffix(".json")


def _of_npm(pins: Path) -> bool:
    return pins.suffix == ".json"


def _install(peer: Peer, folder: Path, pins: Path) -> None:
    if not _of_npm(pins):
        _run([sys.executable, "-m", "venv", str(folder)])
        python = str(folder / "bin" / "python")
        _run([python, "-m", "pip", "install", "--quiet", "--constraint", str(pins), *peer.packages])
        return
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise NotInstalled("there is no npm on this machine")
    folder.mkdir()
    shutil.copyfile(pins, folder / "package.json")
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error"]
    _run([npm, "install", "--prefix", str(folder), *quiet])


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
    """Return the line that says why: the first error of pip or npm, else the last line there is."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error:", "npm error"))]
    return (errors or lines[-1:] or ["no reason was given"])[0]
