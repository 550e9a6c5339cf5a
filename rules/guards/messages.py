"""The protobuf messages that guards are bound to, made at run time from the schema; the library loads with them.

A message is the one form in which the language checks field names and types and still knows null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)

from rules.guards.schema import VARIABLES, GuardField

PACKAGE = "earmark"
_SCALAR = descriptor_pb2.FieldDescriptorProto
_GOOGLE = (struct_pb2, timestamp_pb2, wrappers_pb2)
_PLAIN = {
    "int": _SCALAR.TYPE_INT64,
    "double": _SCALAR.TYPE_DOUBLE,
    "string": _SCALAR.TYPE_STRING,
    "strings": _SCALAR.TYPE_STRING,
    "bool": _SCALAR.TYPE_BOOL,
}
_MESSAGES = {"timestamp": "Timestamp", "data": "Struct"}
_WRAPPERS = {"int": "Int64Value", "double": "DoubleValue", "string": "StringValue", "bool": "BoolValue"}

STRUCT = "google.protobuf.Struct"
"""The message of a JSON object."""


@cache
def pool() -> descriptor_pool.DescriptorPool:
    """Return the messages of all variables with fields."""
    made = descriptor_pool.DescriptorPool()
    for module in _GOOGLE:
        made.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    file = descriptor_pb2.FileDescriptorProto(name="earmark.proto", package=PACKAGE, syntax="proto3")
    file.dependency.extend(module.DESCRIPTOR.name for module in _GOOGLE)
    for variable, fields in VARIABLES.items():
        message = file.message_type.add(name=variable)
        for number, (name, field) in enumerate(fields.items(), start=1):
            _add_field(message.field.add(name=name, number=number, label=_SCALAR.LABEL_OPTIONAL), field)
    made.AddSerializedFile(file.SerializeToString())
    return made


def _add_field(made: descriptor_pb2.FieldDescriptorProto, field: GuardField) -> None:
    message = _WRAPPERS[field.kind] if field.nullable else _MESSAGES.get(field.kind)
    if message is not None:
        made.type, made.type_name = _SCALAR.TYPE_MESSAGE, f".google.protobuf.{message}"
        return
    made.type = _PLAIN[field.kind]
    if field.kind == "strings":
        made.label = _SCALAR.LABEL_REPEATED


@cache
def message_class(variable: str) -> Any:
    """Return the class of the messages of a variable; its keyword arguments are the fields' values.

    A nullable field takes ``{"value": VALUE}`` and is left out for null, a time ``{"seconds": S, "nanos": N}``.
    """
    return _class(f"{PACKAGE}.{variable}")


@cache
def _class(name: str) -> Any:
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(name))


Paths = Mapping[str, "Paths | None"]
"""What is asked of a JSON object: keys, each with what is asked of its value; None for all of it."""


def paths_of(chains: Iterable[tuple[str, ...]]) -> Paths | None:
    """Return what these chains of keys ask for together; an empty chain asks for everything."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for chain in chains:
        if not chain:
            return None
        found.setdefault(chain[0], set()).add(chain[1:])
    return {key: paths_of(rest) for key, rest in found.items()}


def struct(value: Mapping[str, Any], paths: Paths | None = None) -> Any:
    """Return a JSON object as a message, with only what is asked of it."""
    made = _class(STRUCT)()
    _fill_struct(made, value, paths)
    return made


def _fill_struct(made: Any, value: Mapping[str, Any], paths: Paths | None) -> None:
    fields = made.fields
    for key in value if paths is None else paths:
        if key in value:
            _fill(fields[key], value[key], None if paths is None else paths[key])


def _fill(made: Any, value: Any, paths: Paths | None) -> None:
    if value is None:
        made.null_value = 0
    elif isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, Mapping):
        made.struct_value.SetInParent()
        _fill_struct(made.struct_value, value, paths)
    elif isinstance(value, list | tuple):
        made.list_value.SetInParent()
        for entry in value:
            _fill(made.list_value.values.add(), entry, None)
    else:
        made.number_value = _double(value)


def _double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
