"""The messages in which the language's library hands out what it has checked: the published ``cel.expr``.

Only what is read is declared; what else there is, is passed over.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

_Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bool": _Field.TYPE_BOOL,
    "bytes": _Field.TYPE_BYTES,
    "double": _Field.TYPE_DOUBLE,
    "int32": _Field.TYPE_INT32,
    "int64": _Field.TYPE_INT64,
    "string": _Field.TYPE_STRING,
    "uint64": _Field.TYPE_UINT64,
}

# Each field: its number, name and type. ``*`` repeats it, ``#`` makes it a map from int64, ``?`` one of several.
_MESSAGES = {
    "Constant": """1?constant_kind null_value int32; 2?constant_kind bool_value bool;
        3?constant_kind int64_value int64; 4?constant_kind uint64_value uint64;
        5?constant_kind double_value double; 6?constant_kind string_value string;
        7?constant_kind bytes_value bytes""",
    "Ident": "1 name string",
    "Select": "1 operand Expr; 2 field string; 3 test_only bool",
    "Call": "1 target Expr; 2 function string; 3* args Expr",
    "CreateList": "1* elements Expr",
    "CreateStruct": "2 message_name string",
    "Comprehension": """1 iter_var string; 2 iter_range Expr; 3 accu_var string; 4 accu_init Expr;
        5 loop_condition Expr; 6 loop_step Expr; 7 result Expr; 8 iter_var2 string""",
    "Expr": """2 id int64; 3?expr_kind const_expr Constant; 4?expr_kind ident_expr Ident;
        5?expr_kind select_expr Select; 6?expr_kind call_expr Call; 7?expr_kind list_expr CreateList;
        8?expr_kind struct_expr CreateStruct; 9?expr_kind comprehension_expr Comprehension""",
    "Empty": "",
    "ListType": "1 elem_type Type",
    "MapType": "1 key_type Type; 2 value_type Type",
    "Type": """1?type_kind dyn Empty; 2?type_kind null int32; 3?type_kind primitive int32;
        4?type_kind wrapper int32; 5?type_kind well_known int32; 6?type_kind list_type ListType;
        7?type_kind map_type MapType; 9?type_kind message_type string""",
    "SourceInfo": "4# positions int32",
    "CheckedExpr": "3# type_map Type; 4 expr Expr; 5 source_info SourceInfo",
}


def checked(serialized: bytes) -> Any:
    """Return the ``CheckedExpr`` that the library has serialised (as ``google.protobuf.Any``)."""
    packed = any_pb2.Any()
    packed.ParseFromString(serialized)
    made = _checked_class()()
    made.ParseFromString(packed.value)
    return made


@cache
def _checked_class() -> Any:
    pool = descriptor_pool.DescriptorPool()
    file = descriptor_pb2.FileDescriptorProto(name="checked.proto", package="earmark.cel", syntax="proto3")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field in filter(None, map(str.strip, fields.split(";"))):
            _declare(message, *field.split())
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("earmark.cel.CheckedExpr"))


def _declare(message: descriptor_pb2.DescriptorProto, number: str, name: str, kind: str) -> None:
    made = message.field.add(name=name, number=int(number.rstrip("*#").partition("?")[0]))
    made.label = _Field.LABEL_REPEATED if number[-1] in "*#" else _Field.LABEL_OPTIONAL
    if number.endswith("#"):
        kind = _map_entry(message, name, kind)
    if kind in _SCALARS:
        made.type = _SCALARS[kind]
    else:
        made.type, made.type_name = _Field.TYPE_MESSAGE, f".earmark.cel.{kind}"
    if one_of := number.partition("?")[2]:
        known = [declared.name for declared in message.oneof_decl]
        if one_of not in known:
            message.oneof_decl.add(name=one_of)
            known.append(one_of)
        made.oneof_index = known.index(one_of)


def _map_entry(message: descriptor_pb2.DescriptorProto, name: str, kind: str) -> str:
    title = "".join(map(str.capitalize, name.split("_"))) + "Entry"
    entry = message.nested_type.add(name=title)
    entry.options.map_entry = True
    _declare(entry, "1", "key", "int64")
    _declare(entry, "2", "value", kind)
    return f"{message.name}.{title}"
