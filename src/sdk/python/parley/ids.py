"""Ids of requests, as JSON-RPC has them here."""

from __future__ import annotations

from typing import Any, Optional, Union

RequestId = Union[int, str]


def is_id(value: Any) -> bool:
    """A string of at most 256, or an integer that a double holds exactly."""
    if isinstance(value, str):
        return len(value) <= 256
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def id_of(message: Any) -> Optional[RequestId]:
    """The id that an answer may carry: of what can only have been a request."""
    if not isinstance(message, dict) or "method" not in message or not is_id(message.get("id")):
        return None
    return message["id"]
