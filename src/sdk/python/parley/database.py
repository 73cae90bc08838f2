"""The plugin's own SQLite file, opened by the host. Needs the right ``state`` on ``database``."""

from __future__ import annotations

import base64
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

Params = Dict[str, Any]
#: By place or by name: None, bool, int, float, str, bytes.
Values = Union[Sequence[Any], Dict[str, Any]]
Statement = Union[str, Tuple[str], Tuple[str, Values]]

_EXACT = 2**53 - 1


class Database:
    """Values are bound and never part of the text.

    Fails with ``invalidParams`` (SQLite's words), ``conflict`` (a constraint), ``timeout``, ``tooLarge``, ``denied``.
    """

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def query(self, sql: str, params: Optional[Values] = None) -> Params:
        """Runs one statement; answers ``{rows, columns, changes, lastInsertRowid}``, where each row is a dict."""
        return self._run([_statement(sql, params)])[0]

    def transaction(self, statements: Sequence[Statement]) -> List[Params]:
        """Runs statements in order, all or none of them: each a text, or ``(text, params)``."""
        return self._run([_statement(one) if isinstance(one, str) else _statement(*one) for one in statements])

    def _run(self, statements: List[Params]) -> List[Params]:
        return [_answer(result) for result in self._ask("database/query", {"statements": statements})["results"]]


def _statement(sql: str, params: Optional[Values] = None) -> Params:
    if params is None:
        return {"sql": sql}
    if isinstance(params, dict):
        return {"sql": sql, "params": {name: _wire(value) for name, value in params.items()}}
    return {"sql": sql, "params": [_wire(value) for value in params]}


def _wire(value: Any) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"$blob": base64.b64encode(bytes(value)).decode("ascii")}
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _EXACT:
        return {"$integer": str(value)}
    return value


def _answer(result: Params) -> Params:
    columns = result["columns"]
    rows = [dict(zip(columns, map(_own, row))) for row in result["rows"]]
    return {**result, "rows": rows, "lastInsertRowid": _own(result["lastInsertRowid"])}


def _own(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return int(value["$integer"]) if "$integer" in value else base64.b64decode(value["$blob"])
