"""What can go wrong between a plugin and others, by name."""

from __future__ import annotations

import json
from typing import Any, Optional

#: Error codes on the wire, by the names used in code and documentation.
ERROR_CODES = {
    "parseError": -32700,
    "invalidRequest": -32600,
    "methodNotFound": -32601,
    "invalidParams": -32602,
    "internal": -32603,
    "cancelled": -32800,
    "overloaded": -33001,
    "denied": -33002,
    "timeout": -33003,
    "notFound": -33004,
    "unavailable": -33005,
    "tooLarge": -33006,
    "notNegotiated": -33007,
    "versionMismatch": -33008,
    "blocked": -33009,
    "callDepth": -33010,
    "conflict": -33011,
    "budgetExceeded": -33012,
}
_KINDS = {code: kind for kind, code in ERROR_CODES.items()}


class PluginError(Exception):
    """An expected failure that the other side or the person can understand and act on.

    Raised by the verbs when the host or another plugin refuses or fails; raised by an offer's own code to tell its caller
    something. ``kind`` is a name such as ``notFound`` or ``invalidParams``, ``message`` says what happened and why, ``todo``
    what to do, ``details`` holds plain values for a program. Any other exception in a handler is a fault of the plugin: the
    caller only learns that it happened, the plugin's log gets the details.
    """

    def __init__(self, kind: str, message: str, todo: Optional[str] = None, details: Optional[dict[str, Any]] = None):
        if kind not in ERROR_CODES:
            raise ValueError(f"There is no failure of the kind {kind!r}.")
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.todo = todo
        self.details = details or {}

    def to_wire(self) -> dict[str, Any]:
        """The error of an answer, ``{code, message, data}``, without what JSON cannot carry of its details."""
        data = {**plain(self.details), "kind": self.kind}
        if self.todo is not None:
            data["todo"] = self.todo
        return {"code": ERROR_CODES[self.kind], "message": self.message[:4000], "data": data}


def plain(details: dict[str, Any]) -> dict[str, Any]:
    """Those that JSON can carry; one that it cannot is left out rather than spoiling the answer."""
    kept = {}
    for key, value in details.items():
        try:
            json.dumps({key: value}, allow_nan=False)
            kept[key] = value
        except (TypeError, ValueError, RecursionError):
            pass
    return kept


def from_wire(error: Any) -> PluginError:
    """The failure that a response's ``error`` stands for; a code that is not ours is ``internal``."""
    if not isinstance(error, dict) or not isinstance(error.get("code"), int):
        return PluginError("internal", "The host answered with a broken error.")
    data = error.get("data") if isinstance(error.get("data"), dict) else {}
    details = {key: value for key, value in data.items() if key not in ("kind", "todo")}
    kind = _KINDS.get(error["code"])
    if kind is None:
        details["code"] = error["code"]
    todo = data.get("todo") if isinstance(data.get("todo"), str) else None
    return PluginError(kind or "internal", str(error.get("message") or "The host did not say why."), todo, details)
