"""Running plugin files and importing plugin modules; whatever goes wrong becomes a problem with its place."""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from types import CodeType, ModuleType

from plugins.errors import PluginProblem, PluginsInvalid


def import_file(path: Path) -> ModuleType:
    """Run a Python file as a module with a name of its own. Raises PluginsInvalid.

    Nothing is written beside the file. Running it again gives a new module.
    """
    place = path.resolve()
    if not place.is_file():
        # Opening a pipe would wait for somebody to write to it, and a device may have no end.
        message = "it is a pipe or a device, not a file" if place.exists() else "there is no such file"
        remedy = "Check the path of the plugin."
        raise PluginsInvalid([PluginProblem(str(path), message, remedy)])
    digest = hashlib.sha256(str(place).encode(errors="surrogateescape")).hexdigest()[:12]
    name = f"earmark_plugin_{re.sub(r'[^0-9A-Za-z_]', '_', path.stem)}_{digest}"
    loader = _SourceOnly(name, str(place))
    spec = importlib.machinery.ModuleSpec(name, loader, origin=str(place))
    spec.has_location = True
    module = importlib.util.module_from_spec(spec)
    # As for any import: dataclasses and typing look a class's module up by its name.
    sys.modules[name] = module
    try:
        with _problems(str(path)):
            loader.exec_module(module)
    except PluginsInvalid:
        del sys.modules[name]
        raise
    return module


def import_module(name: str) -> ModuleType:
    """Import a module by its dotted name. Raises PluginsInvalid."""
    if not all(part.isidentifier() for part in name.split(".")):
        message = "this is neither a file, nor a folder, nor the name of a module"
        remedy = "Give a path such as plugins/shop.py, or a name such as shop.plugins."
        raise PluginsInvalid([PluginProblem(name or "''", message, remedy)])
    with _problems(name):
        return importlib.import_module(name)


def import_entry_point(entry: EntryPoint) -> ModuleType:
    """Import the module that an installed package names. Raises PluginsInvalid."""
    place = f"entry point {entry.name} = {entry.value}"
    with _problems(place):
        module = entry.load()
    if not isinstance(module, ModuleType):
        message = f"this names a {type(module).__name__}, not a module"
        remedy = "The package that declares it should name the module that holds the plugins."
        raise PluginsInvalid([PluginProblem(place, message, remedy)])
    return module


class _SourceOnly(importlib.machinery.SourceFileLoader):
    """Compiles the file each time: reads no cached bytecode and writes none into the user's folder."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


@contextmanager
def _problems(asked: str) -> Iterator[None]:
    """Turn what a plugin raises while it is imported into a problem; ``asked`` is what the user named."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # an import runs code that may raise anything
        raise PluginsInvalid([_problem(asked, error)]) from None


def _problem(asked: str, error: BaseException) -> PluginProblem:
    text = " ".join(str(error).split())
    if isinstance(error, SyntaxError):
        place = f"{error.filename or asked}:{error.lineno or 1}"
        return PluginProblem(place, f"this is not Python: {error.msg}", "Mend the syntax.")
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_plugins(frame.filename)]
    if isinstance(error, ModuleNotFoundError) and not frames:
        remedy = "Install the package, or give the path of the file, such as plugins/shop.py."
        return PluginProblem(asked, f"{text[:1].lower()}{text[1:]}", remedy)
    if isinstance(error, OSError) and not frames:
        message = f"this cannot be read: {error.strerror or text}"
        return PluginProblem(asked, message, "Check that you may read it.")
    own = [frame for frame in frames if frame.filename == frames[0].filename]
    place = f"{own[-1].filename}:{own[-1].lineno}" if own else asked
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return PluginProblem(place, f"importing it raised {said}", "Mend the file so that it can be imported.")


def _is_plugins(filename: str) -> bool:
    """Whether a frame is neither of this module nor of Python's own import machinery."""
    machinery = (__file__, importlib.__file__, importlib.metadata.__file__)
    return filename not in machinery and not filename.startswith("<frozen importlib")
