"""Points as authors write them."""

from __future__ import annotations

import re
from typing import Any, Dict

from .errors import PluginError

#: Points that the host passes, beside ``offer:<plugin>/<name>`` and ``<plugin>:<name>``.
HOST_POINTS = ("turn", "step", "model", "tool", "call", "message", "edit", "compaction", "conversation", "gateway")

Params = Dict[str, Any]


def check_point(point: Any) -> str:
    """The point, where it is one. Raises ``PluginError`` (``invalidParams``) for a handler in its place."""
    if not isinstance(point, str):
        todo = 'Say around what, as in `middleware.use("tool", handler)`.'
        raise PluginError("invalidParams", "A point is missing before the handler.", todo)
    return point


def parse_point(spec: Params) -> Params:
    """``before:save`` and ``after:save`` say the phase with the point.

    A name with them that is none of the host's points stands for that point of whichever plugin has one, ``*:save``; without them
    it is refused, because it would never be passed.
    """
    phased = re.fullmatch(r"(before|after):(.+)", spec["point"], re.DOTALL)
    if phased is None:
        if not _is_point(spec["point"]):
            todo = (
                f"The host's are {', '.join(HOST_POINTS)}; that of an offer is offer:<plugin>/<name>, "
                "a plugin's own <plugin>:<name>."
            )
            raise PluginError("invalidParams", f'There is no point "{spec["point"]}".', todo)
        return spec
    phase, name = phased.groups()
    return {**spec, "point": name if _is_point(name) else f"*:{name}", "phase": phase}


def _is_point(text: str) -> bool:
    return ":" in text or "*" in text or text in HOST_POINTS
