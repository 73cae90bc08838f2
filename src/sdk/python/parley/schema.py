"""What the host's messages must look like, by the protocol's own JSON Schemas in ``messages.json``."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from typing import Any, Dict, Iterator, List, Tuple

from .errors import PluginError

Schema = Dict[str, Any]
#: The path of a value and what is wrong with it.
Flaw = Tuple[Tuple[str, ...], str]

_MOST_FLAWS = 3
_TYPES = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and value == int(value),
}


class Messages:
    """The messages that a host may send, and the answers that it may give."""

    def __init__(self) -> None:
        with open(os.path.join(os.path.dirname(__file__), "messages.json"), encoding="utf-8") as file:
            known = json.load(file)
        self._params: Dict[str, Schema] = known["params"]
        self._results: Dict[str, Schema] = known["results"]
        self._kinds: Dict[str, str] = known["kinds"]

    def may_be(self, method: str, kind: str) -> bool:
        """Whether a message may come as a ``request`` or a ``notification``; of methods of its own the channel knows nothing."""
        return self._kinds.get(method, kind) in (kind, "both")

    def check_params(self, method: str, params: Any) -> None:
        """Raises ``PluginError`` (``invalidParams``) that names the field."""
        wrong = flaws_of(self._params.get(method, {}), params)
        if wrong:
            raise PluginError("invalidParams", f'The params of "{method}" do not fit: {wrong}.', details={"method": method})

    def check_result(self, method: str, result: Any) -> None:
        """Raises ``PluginError`` (``internal``): a wrong answer is a fault of the one who gave it."""
        wrong = flaws_of(self._results.get(method, {}), result)
        if wrong:
            what = f'The answer of the host to "{method}" does not fit its schema: {wrong}.'
            raise PluginError("internal", what, "This is a fault of the one who answered.", {"method": method})


def flaws_of(schema: Schema, value: Any) -> str:
    """What does not fit, each flaw with the path of its field; empty where all fits."""
    found = list(_flaws(schema, value, ()))
    lines = [f"{'.'.join(path)}: {what}" if path else what for path, what in found[:_MOST_FLAWS]]
    if len(found) > _MOST_FLAWS:
        lines.append(f"and {len(found) - _MOST_FLAWS} more")
    return "; ".join(lines)


def _flaws(schema: Schema, value: Any, path: Tuple[str, ...]) -> Iterator[Flaw]:
    if "anyOf" in schema:
        branches = [list(_flaws(branch, value, path)) for branch in schema["anyOf"]]
        if all(branches):
            yield from min(branches, key=_distance)
        return
    kind = schema.get("type", ())
    kinds = (kind,) if isinstance(kind, str) else kind
    if kinds and not any(_TYPES[one](value) for one in kinds):
        yield path, f"must be {' or '.join(('an ' if one[0] in 'aio' else 'a ') + one for one in kinds)}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield path, f"must be one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema and value != schema["const"]:
        yield path, f"must be {json.dumps(schema['const'])}"
    if isinstance(value, str):
        yield from _text(schema, value, path)
    elif isinstance(value, dict):
        yield from _object(schema, value, path)
    elif isinstance(value, list):
        yield from _list(schema, value, path)
    elif _is_number(value):
        if value < schema.get("minimum", value):
            yield path, f"must be at least {schema['minimum']}"
        if value > schema.get("maximum", value):
            yield path, f"must be at most {schema['maximum']}"
        if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
            yield path, f"must be more than {schema['exclusiveMinimum']}"


def _text(schema: Schema, value: str, path: Tuple[str, ...]) -> Iterator[Flaw]:
    most = schema.get("maxLength")
    if len(value) < schema.get("minLength", 0):
        yield path, f"must have at least {schema['minLength']} characters"
    if most is not None and (len(value) > most or (len(value) * 2 > most and _units(value) > most)):
        yield path, f"must have at most {most} characters"
    pattern = schema.get("pattern")
    if pattern is not None and not _compiled(pattern).search(value):
        yield path, f"must fit {pattern}"


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> "re.Pattern[str]":
    """Unlike in the schema's own dialect, `$` also fits before a last line end in Python, and `\\Z` does not."""
    return re.compile(re.sub(r"\$(?=$|[|)])", r"\\Z", pattern))


def _object(schema: Schema, value: Dict[str, Any], path: Tuple[str, ...]) -> Iterator[Flaw]:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield (*path, name), "is missing"
    rest = schema.get("additionalProperties", True)
    for name, inner in value.items():
        if name in known:
            yield from _flaws(known[name], inner, (*path, name))
        elif rest is False:
            yield (*path, name), "is no such field"
        elif rest is not True and rest:
            yield from _flaws(rest, inner, (*path, name))


def _list(schema: Schema, value: List[Any], path: Tuple[str, ...]) -> Iterator[Flaw]:
    if len(value) < schema.get("minItems", 0):
        yield path, f"must have at least {schema['minItems']} items"
    if len(value) > schema.get("maxItems", len(value)):
        yield path, f"must have at most {schema['maxItems']} items"
        return
    items = schema.get("items")
    if items:
        for index, item in enumerate(value):
            yield from _flaws(items, item, (*path, str(index)))


def _distance(branch: List[Flaw]) -> int:
    """Of a union's branches the one that was probably meant has the fewest flaws, and those the deepest."""
    return len(branch) * 10 - max(len(path) for path, _ in branch)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != float("inf")


def _units(text: str) -> int:
    """The length in UTF-16 code units, in which the protocol counts."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)
