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

    A name alone that is none of the host's points stands for that point of whichever plugin has one, ``*:save``.
    """
    phased = re.fullmatch(r"(before|after):(.+)", spec["point"], re.DOTALL)
    if phased is None:
        return spec
    phase, name = phased.groups()
    known = ":" in name or "*" in name or name in HOST_POINTS
    return {**spec, "point": name if known else f"*:{name}", "phase": phase}
