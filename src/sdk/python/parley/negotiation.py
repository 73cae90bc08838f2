"""What both sides agreed on in ``initialize``."""

from __future__ import annotations

from typing import Any, Dict, Optional

from .errors import PluginError

#: The newest protocol version that this SDK speaks, and the oldest.
PROTOCOL_VERSION = 1
OLDEST_PROTOCOL_VERSION = 1


def common_version(newest_of_host: int) -> int:
    """The version that both sides speak. Raises ``PluginError`` (``versionMismatch``) where there is none."""
    version = min(newest_of_host, PROTOCOL_VERSION)
    if version < OLDEST_PROTOCOL_VERSION:
        message = f"The host speaks protocol version {newest_of_host}, this plugin version {PROTOCOL_VERSION}."
        raise PluginError("versionMismatch", message, "Update the plugin or Parley.")
    return version


def check_agreed(method: str, params: Dict[str, Any], host: Dict[str, Any]) -> None:
    """Raises ``PluginError`` (``notNegotiated``) for a message whose capability the host has not stated."""
    needed = _capability_of(method, params)
    if needed is None or host.get(needed) is True:
        return
    message = f'This host has no "{needed}", so "{method}" is not sent.'
    raise PluginError("notNegotiated", message, "Update Parley, or do without.", {"method": method, "capability": needed})


def _capability_of(method: str, params: Dict[str, Any]) -> Optional[str]:
    if method.startswith("state/"):
        return "state"
    if method.startswith("conversation/"):
        return "conversation"
    if method == "register" and "intercept" in params:
        return "intercepts"
    return "detachedCalls" if method == "call" and params.get("detach") is True else None
