"""Addresses of feeds: what may stand in ``earmark.toml``, what is asked, and what people are shown of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from engine.errors import ConfigurationInvalid

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is asked for: ``target`` is path and query, the only part that may have a secret in it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def shown(self) -> str:
        """The address for people: without its query, which may have a secret."""
        path, query, _ = self.target.partition("?")
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host_text}{port}{path}{query and '?...'}"

    @property
    def host_text(self) -> str:
        """The host as an address has it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def origin(self) -> tuple[str, str, int]:
        """What must be the same for secrets to be sent there."""
        return self.scheme, self.host, self.port


def is_address(source: str) -> bool:
    """Return whether a feed's source is an address, not a path."""
    return source.lower().startswith(("http://", "https://"))


def check_address(text: str) -> None:
    """Raise ValueError for an address that cannot be asked, or that has a password in it."""
    parts = _split(text)
    if parts.username is not None or parts.password is not None:
        raise ValueError(
            "an address may have no user and password in it: give [feeds.http] user and password_env, the name of "
            "an environment variable"
        )
    if "${" in parts.netloc:
        raise ValueError("the host of an address is written out; ${NAME} may stand in its path and query")


def place_of(text: str) -> Place:
    """Return the place of an address. Raises ValueError."""
    parts = _split(text)
    host = parts.hostname or ""
    # What is not ASCII, and blanks, are written as bytes: so browsers and curl do with what people paste.
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Place(parts.scheme, host, parts.port or _PORTS[parts.scheme], target + (query and f"?{query}"))


def filled(text: str, environment: Mapping[str, str], what: str) -> str:
    """Return the text with each ``${NAME}`` replaced by that variable of the environment.

    Raises ConfigurationInvalid for one that is not set, or whose value has a line break in it.
    """
    return _VARIABLE.sub(lambda found: variable(found[1], environment, what), text)


def variable(name: str, environment: Mapping[str, str], what: str) -> str:
    """Return a variable of the environment, without the line break at its end. Raises ConfigurationInvalid."""
    value = environment.get(name, "").rstrip("\r\n")
    if not value:
        raise ConfigurationInvalid(
            f"{what} needs the environment variable {name}, which is not set",
            remedy=f"Set {name} where this runs: for the scheduler in its service, for a command in the shell.",
        )
    if any(not sign.isprintable() for sign in value):
        raise ConfigurationInvalid(
            f"{what}: the value of {name} has a line break or a control character in it"
        )
    return value


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"this is no address: {error}") from None
    if parts.scheme not in _PORTS or not parts.hostname or port == 0:
        raise ValueError("this is no address; write one such as https://host.example/stock.csv")
    if any(ord(sign) < 32 for sign in text):
        raise ValueError("an address has no line breaks and control characters in it")
    return parts
