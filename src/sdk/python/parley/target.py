"""Where a call goes, as an author writes it."""

from __future__ import annotations

import re
from typing import Any, Dict, Union

from .errors import PluginError

#: ``"plugin/name"`` (also ``"plugin:name"``), ``{"plugin": …, "name": …}`` or ``{"provides": …}``.
CallTo = Union[str, Dict[str, str]]


def parse_target(to: CallTo) -> Dict[str, Any]:
    """The wire's form, ``{to, name}``. Raises ``PluginError`` (``invalidParams``) when the text is not ``plugin/name``."""
    if isinstance(to, str):
        parts = re.fullmatch(r"([^/:]+)[/:](.+)", to, re.DOTALL)
        if parts is None:
            raise PluginError("invalidParams", f'"{to}" names no offer.', "Write the target as plugin/name.")
        return {"to": {"plugin": parts.group(1)}, "name": parts.group(2)}
    if "provides" in to:
        return {"to": {"provides": to["provides"]}, "name": to.get("name", "")}
    return {"to": {"plugin": to["plugin"]}, "name": to["name"]}


def parse_topic(topic: str) -> str:
    """The wire's form of a topic: ``plugin:loaded`` is the older way to write ``plugin.loaded``."""
    return topic.replace(":", ".", 1)


def parse_button(button: Dict[str, Any]) -> Dict[str, Any]:
    """The wire's form of a button ``{"title", "call", "args"}``; one in the wire's form passes unchanged."""
    call = button["call"]
    if isinstance(call, dict) and "to" in call:
        return {"title": button["title"], "call": call}
    return {"title": button["title"], "call": {**parse_target(call), "args": button.get("args", {})}}
