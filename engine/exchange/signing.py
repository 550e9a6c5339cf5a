"""Signing of messages with a secret that both sides share: HMAC-SHA256 over the one way to write a message."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from engine.codes import Code
from engine.exchange.messages import canonical
from engine.exchange.refusal import NotTaken

SIGNATURE = "signature"
"""The member of a message that signs all others."""


def written(document: Mapping[str, Any], secrets: Sequence[str]) -> bytes:
    """Return the message as it is sent, signed with the first secret if there is one."""
    if not secrets:
        return canonical(document)
    return canonical({**document, SIGNATURE: _signature(document, secrets[0])})


def check(document: Mapping[str, Any], secrets: Sequence[str]) -> None:
    """Raise NotTaken when there are secrets, and the message is signed with none of them."""
    if not secrets:
        return
    given = document.get(SIGNATURE)
    if not isinstance(given, str):
        raise NotTaken(Code.UNSIGNED, "it is not signed")
    unsigned = {key: value for key, value in document.items() if key != SIGNATURE}
    known = [_signature(unsigned, secret).encode() for secret in secrets]
    # Every secret is tried, and in a time that does not depend on where two signatures differ.
    if sum(hmac.compare_digest(one, given.encode()) for one in known) == 0:
        raise NotTaken(Code.BAD_SIGNATURE, "its signature is not that of the shared secret")


def _signature(document: Mapping[str, Any], secret: str) -> str:
    digest = hmac.new(secret.encode(), canonical(document), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
