"""What the host's messages must look like, by the protocol's own JSON Schemas in ``messages.json``."""

from __future__ import annotations

import json
import os
import re
from functools import lru_cache
from typing import Any, Callable, Dict, List, Tuple

from .errors import PluginError

Schema = Dict[str, Any]
Path = Tuple[str, ...]
#: The path of a value and what is wrong with it.
Flaw = Tuple[Path, str]

_MOST_FLAWS = 3
_INFINITE = float("inf")


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
    found: List[Flaw] = []
    _check(schema, value, (), found)
    lines = [f"{'.'.join(path)}: {what}" if path else what for path, what in found[:_MOST_FLAWS]]
    if len(found) > _MOST_FLAWS:
        lines.append(f"and {len(found) - _MOST_FLAWS} more")
    return "; ".join(lines)


def _check(schema: Schema, value: Any, path: Path, found: List[Flaw]) -> None:
    """Adds what does not fit. On the way of every message, so what says nothing of a value costs next to nothing."""
    if "anyOf" in schema:
        _check_union(schema["anyOf"], value, path, found)
        return
    kind = schema.get("type")
    if kind is None:
        _check_words(schema, value, path, found)
        return
    if not (_TYPES[kind](value) if isinstance(kind, str) else any(_TYPES[one](value) for one in kind)):
        kinds = [kind] if isinstance(kind, str) else kind
        found.append((path, f"must be {' or '.join(('an ' if one[0] in 'aio' else 'a ') + one for one in kinds)}"))
    elif len(schema) == 1:
        return
    elif isinstance(value, dict):
        _check_object(schema, value, path, found)
    elif isinstance(value, list):
        _check_list(schema, value, path, found)
    else:
        _check_words(schema, value, path, found)
        if isinstance(value, str):
            _check_text(schema, value, path, found)
        elif _is_number(value):
            _check_number(schema, value, path, found)


def _check_union(branches: List[Schema], value: Any, path: Path, found: List[Flaw]) -> None:
    """Where no branch fits, tells of the one that was probably meant: with the fewest flaws, and those the deepest."""
    tried: List[List[Flaw]] = []
    for branch in branches:
        own: List[Flaw] = []
        _check(branch, value, path, own)
        if not own:
            return
        tried.append(own)
    found.extend(min(tried, key=lambda own: len(own) * 10 - max(len(where) for where, _ in own)))


def _check_words(schema: Schema, value: Any, path: Path, found: List[Flaw]) -> None:
    if "enum" in schema and value not in schema["enum"]:
        found.append((path, f"must be one of {', '.join(map(str, schema['enum']))}"))
    if "const" in schema and value != schema["const"]:
        found.append((path, f"must be {json.dumps(schema['const'])}"))


def _check_text(schema: Schema, value: str, path: Path, found: List[Flaw]) -> None:
    most = schema.get("maxLength")
    if len(value) < schema.get("minLength", 0):
        found.append((path, f"must have at least {schema['minLength']} characters"))
    if most is not None and (len(value) > most or (len(value) * 2 > most and _units(value) > most)):
        found.append((path, f"must have at most {most} characters"))
    pattern = schema.get("pattern")
    if pattern is not None and not _compiled(pattern).search(value):
        found.append((path, f"must fit {pattern}"))


def _check_number(schema: Schema, value: float, path: Path, found: List[Flaw]) -> None:
    if value < schema.get("minimum", value):
        found.append((path, f"must be at least {schema['minimum']}"))
    if value > schema.get("maximum", value):
        found.append((path, f"must be at most {schema['maximum']}"))
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        found.append((path, f"must be more than {schema['exclusiveMinimum']}"))


def _check_object(schema: Schema, value: Dict[str, Any], path: Path, found: List[Flaw]) -> None:
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            found.append(((*path, name), "is missing"))
    rest = schema.get("additionalProperties", True)
    for name, inner in value.items():
        own = known.get(name)
        if own:
            _check(own, inner, (*path, name), found)
        elif own is not None:
            continue
        elif rest is False:
            found.append(((*path, name), "is no such field"))
        elif rest is not True and rest:
            _check(rest, inner, (*path, name), found)


def _check_list(schema: Schema, value: List[Any], path: Path, found: List[Flaw]) -> None:
    if len(value) < schema.get("minItems", 0):
        found.append((path, f"must have at least {schema['minItems']} items"))
    if len(value) > schema.get("maxItems", len(value)):
        found.append((path, f"must have at most {schema['maxItems']} items"))
        return
    items = schema.get("items")
    if items:
        for index, item in enumerate(value):
            _check(items, item, (*path, str(index)), found)


@lru_cache(maxsize=None)
def _compiled(pattern: str) -> "re.Pattern[str]":
    """Unlike in the schema's own dialect, `$` also fits before a last line end in Python, and `\\Z` does not."""
    return re.compile(re.sub(r"\$(?=$|[|)])", r"\\Z", pattern))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) != _INFINITE


def _units(text: str) -> int:
    """The length in UTF-16 code units, in which the protocol counts."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


_TYPES: Dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "number": _is_number,
    "integer": lambda value: type(value) is int or (_is_number(value) and value == int(value)),
}
