"""Generators and coroutines that report their creation. Standard library only: this runs inside the traced program.

A profile hook sees a generator's frame when it is first resumed, by whoever resumes it; who called the function is
gone by then. So every generator function is compiled with a call of an empty stub before its first instruction. The
stub's code has the function's name, file and line, and its caller is the caller of the function: the hook sees an
ordinary call.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator

LAZY = 0x20 | 0x80 | 0x200
"""Code flags of generators, coroutines and asynchronous generators."""

_WITHOUT_PLACE = 15 << 3 | 0x80


def instrumented(code: types.CodeType) -> types.CodeType:
    """Return the same code, in which each generator function calls its stub when it is called."""
    inner = tuple(instrumented(c) if isinstance(c, types.CodeType) else c for c in code.co_consts)
    if not code.co_flags & LAZY or code.co_name.startswith("<"):
        return code.replace(co_consts=inner)
    call = _call_of(len(inner))
    units = len(call) // 2
    return code.replace(
        co_code=call + code.co_code,
        co_consts=(*inner, _stub(code)),
        co_stacksize=code.co_stacksize + 2,
        co_linetable=_lines(units) + code.co_linetable,
        co_exceptiontable=_shifted(code.co_exceptiontable, units),
    )


def _stub(code: types.CodeType) -> types.FunctionType:
    plain = (lambda: None).__code__
    stub_code = plain.replace(
        co_filename=code.co_filename,
        co_firstlineno=code.co_firstlineno,
        co_name=code.co_name,
        co_qualname=code.co_qualname,
    )
    return types.FunctionType(stub_code, {})


def _call_of(place: int) -> bytes:
    """Return instructions that call a constant without arguments and drop the result.

    They are copied from what this interpreter's own compiler writes.
    """
    sample = compile("f()", "", "eval")
    instructions = list(dis.get_instructions(sample))
    start = next(i.offset for i in instructions if i.opname != "RESUME")
    end = next(i.offset for i in instructions if i.opname == "RETURN_VALUE")
    name = next(i.offset for i in instructions if i.opname == "LOAD_NAME")
    load = b"".join(bytes((dis.opmap["EXTENDED_ARG"], place >> shift & 255)) for shift in (24, 16, 8) if place >> shift)
    load += bytes((dis.opmap["LOAD_CONST"], place & 255))
    return sample.co_code[start:name] + load + sample.co_code[name + 2 : end] + bytes((dis.opmap["POP_TOP"], 0))


def _lines(units: int) -> bytes:
    """Return entries of a location table for code that belongs to no line."""
    whole, rest = divmod(units, 8)
    return bytes([_WITHOUT_PLACE | 7] * whole + ([_WITHOUT_PLACE | rest - 1] if rest else []))


def _shifted(table: bytes, units: int) -> bytes:
    """Return an exception table for code that has moved by some units."""
    out, numbers = b"", _numbers(table)
    for start in numbers:
        size, target, depth = next(numbers), next(numbers), next(numbers)
        out += _number(start + units, 0x80) + _number(size) + _number(target + units) + _number(depth)
    return out


def _numbers(table: bytes) -> Iterator[int]:
    value = 0
    for byte in table:
        value = value << 6 | byte & 63
        if not byte & 64:
            yield value
            value = 0


def _number(value: int, flag: int = 0) -> bytes:
    parts = [value & 63]
    while value := value >> 6:
        parts.append(value & 63 | 64)
    parts[-1] |= flag
    return bytes(reversed(parts))
