"""Reading a cart: a JSON array of its lines, or an object that has them as ``items``, as an order has."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import IO, Any

from pydantic import ValidationError

from earmark.cli.given import text_of
from earmark.cli.json_input import decode_json
from earmark.cli.order_input import kind_of, sentence
from engine.errors import InputError
from engine.requests import CartRequest

_SHAPE = 'A cart is [{"sku", "quantity"}], or an object with such lines as "items"; docs/cli.md shows one.'

_LARGEST = 16 << 20
"""How many bytes a cart may have."""


def read_cart(stream: IO[bytes], name: str, *, store: str | None, reference: str | None) -> CartRequest:
    """Return the cart of the input; ``store`` and ``reference`` are given, or stand in it.

    Without any reference the cart gets one that nothing else has. Raises InputError for what is no cart.
    """
    value = _cart_of(stream, name)
    return _cart({**value, **chosen(value, "store", store), **chosen(value, "reference", reference)}, name)


def read_lines(stream: IO[bytes], name: str) -> dict[str, Any]:
    """Return what somebody would like to buy, with its lines as ``items``, and as ``in_cart`` if there are any.

    Raises InputError for what has no lines; what is wrong with one of them is not looked at.
    """
    value = _cart_of(stream, name)
    for key in ("items", "in_cart"):
        lines = value.get(key, [])
        if not isinstance(lines, list):
            raise InputError(f"{name}: {key} is a JSON array of lines, not {kind_of(lines)}", remedy=_SHAPE)
    if not value.get("items"):
        raise InputError(f"{name}: there are no lines in it", remedy=_SHAPE)
    return value


def _cart_of(stream: IO[bytes], name: str) -> dict[str, Any]:
    text = text_of(stream, name, largest=_LARGEST, has="the cart has", shape=_SHAPE, nothing="cart")
    value = decode_json(text, name)
    if isinstance(value, list):
        value = {"items": value}
    if not isinstance(value, dict):
        raise InputError(f"{name}: a cart is a JSON array or object, not {kind_of(value)}", remedy=_SHAPE)
    return value


def chosen(value: Mapping[str, Any], key: str, given: str | None) -> dict[str, str]:
    """Return what is given on the command line, which may not contradict the input."""
    if given is not None:
        stands = value.get(key)
        if isinstance(stands, str) and stands.strip() != given.strip():
            raise InputError(
                f"the {key} is {stands!r} in the cart, and {given!r} on the command line",
                remedy=f"Give the {key} once.",
            )
        return {key: given}
    if key == "reference" and value.get(key) is None:
        return {key: f"cart-{secrets.token_hex(8)}"}
    if value.get(key) is None:
        raise InputError(f"the cart names no {key}", remedy=f"Name it with --{key}, or in the cart.")
    return {}


def _cart(value: dict[str, Any], name: str) -> CartRequest:
    try:
        return CartRequest.model_validate(value)
    except ValidationError as error:
        told = error.errors(include_url=False)
        text = "; ".join(sentence(detail, "a cart") for detail in told)
        raise InputError(f"{name}: {text}", remedy=_SHAPE) from None
