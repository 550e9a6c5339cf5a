"""What ``[[sinks]]`` of the settings may say of a sink. Secrets are names of environment variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_VARIABLE = re.compile(r"\$\{\w+\}")
_OWN = ("jsonl", "kombu", "webhook")
_SCHEMES = {
    "kombu": ("amqp", "amqps", "redis", "rediss", "memory"),
    "webhook": ("http", "https"),
}
_ASKED = {"jsonl": {"file"}, "kombu": {"url"}, "webhook": {"url", "secret_env"}}
_TAKEN = {"jsonl": {"file"}, "kombu": {"url"}, "webhook": {"url", "secret_env", "timeout_s"}}
_EVERY = {"name", "kind", "kinds", "retry_s", "retry_most_s", "give_up"}

Text = Annotated[str, Field(min_length=1)]


class SinkSettings(BaseModel):
    """A sink: its name and kind, what it wants, and where it is.

    ``kinds`` are the kinds of messages, with ``*`` for anything; none means all. ``retry_s`` is how long is
    waited after the first failure, ``retry_most_s`` at most; a message that fails for as long as ``give_up`` is
    kept aside. In ``url`` ``${NAME}`` is a variable of the environment. ``secret_env`` names the one with the
    secret.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s/]+$")]
    kind: Text
    kinds: tuple[Text, ...] = ()
    file: Text | None = None
    url: Text | None = Field(default=None, repr=False)
    secret_env: Annotated[str, Field(pattern=r"^\w+$")] | None = None
    timeout_s: Annotated[float, Field(gt=0, le=300, allow_inf_nan=False)] = 10.0
    retry_s: Annotated[float, Field(gt=0, le=86400, allow_inf_nan=False)] = 5.0
    retry_most_s: Annotated[float, Field(gt=0, le=604800, allow_inf_nan=False)] = 900.0
    give_up: str | None = None
    options: dict[str, Any] = {}

    @property
    def plugged(self) -> bool:
        """Whether a plugin makes the sink."""
        return self.kind not in _OWN

    @property
    def give_up_s(self) -> float:
        """After how many seconds of failing a message is kept aside; 0 for never."""
        from engine.definition import parse_duration

        exact = 0 if self.give_up is None else parse_duration(self.give_up).microseconds_if_exact
        return (exact or 0) / 1_000_000

    @field_validator("kind")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in _OWN and "/" not in value:
            from engine.definition import did_you_mean

            known = ", ".join(_OWN)
            raise ValueError(
                f"there is no kind {value!r}: {known}, or that of a plugin, such as 'Shop/Queue'."
                f"{did_you_mean(value, _OWN)}"
            )
        return value

    @field_validator("give_up")
    @classmethod
    def _age(cls, value: str | None) -> str | None:
        from engine.definition import DurationInvalid, parse_duration

        if value is None:
            return None
        try:
            exact = parse_duration(value).microseconds_if_exact
        except DurationInvalid as error:
            raise ValueError(f"{error}; write a time such as '2 days'") from None
        if exact is None:
            raise ValueError(f"{value!r} has no fixed length; write hours, days or weeks")
        return value

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        said = self.model_fields_set - _EVERY
        if self.plugged:
            if odd := sorted(said - {"options", "secret_env"}):
                raise ValueError(f"'{odd[0]}' is not for a sink of a plugin: write it under 'options'")
            return self
        if odd := sorted(said - _TAKEN[self.kind]):
            raise ValueError(f"'{odd[0]}' is not for a sink of the kind {self.kind}")
        if missing := sorted(_ASKED[self.kind] - said):
            raise ValueError(f"a sink of the kind {self.kind} needs '{missing[0]}'")
        if self.url is not None:
            _check_url(self.url, self.kind)
        return self

    def inside(self, folder: Path) -> Self:
        """Return the sink with its file taken from the folder of the settings."""
        return self if self.file is None else self.model_copy(update={"file": str(folder / self.file)})


def _check_url(url: str, kind: str) -> None:
    """Raise ValueError, without the text of the address, for one that cannot be or that has a secret in it."""
    schemes = _SCHEMES[kind]
    try:
        parts = urlsplit(_VARIABLE.sub("x", url))
        port = parts.port  # a ValueError for what is no number
    except ValueError:
        raise ValueError("this is no address") from None
    del port
    if parts.scheme not in schemes or (not parts.hostname and parts.scheme != "memory"):
        raise ValueError(
            f"this is no address of a {kind}: it begins with {' or '.join(f'{s}://' for s in schemes)}"
        )
    login = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    password = login.partition(":")[2]
    if kind == "webhook" and login:
        raise ValueError("an address may have no user and password in it")
    if password and _VARIABLE.sub("", password):
        raise ValueError(
            "the password of an address is no part of the settings: write ${NAME}, and set that variable of the "
            "environment"
        )
