"""What the host's messages must look like; each check raises ``PluginError`` (``invalidParams``) that names the field."""

from __future__ import annotations

from typing import Any, Dict

from .errors import PluginError

_ACTIONS = ("create", "read", "write", "delete")


def check_initialize(params: Dict[str, Any]) -> None:
    _need(params, "protocolVersion", int)
    plugin = _need(params, "plugin", dict)
    for field in ("id", "name", "version", "root", "dataDir", "runDir"):
        _need(plugin, field, str, "plugin.")
    _need(params, "epoch", int)
    _need(params, "capabilities", dict)
    _need(params, "config", dict)
    _need(params, "limits", dict)
    for field in ("grants", "workspaceFolders"):
        _need(params, field, list)


def check_call(params: Dict[str, Any]) -> None:
    to = _need(params, "to", dict)
    if len(to) != 1 or not isinstance(to.get("plugin", to.get("provides")), str):
        raise _invalid("to", "must be {plugin} or {provides}")
    if not isinstance(params.get("name", ""), str):
        raise _invalid("name", "must be a string")
    if not isinstance(params.get("args", {}), dict):
        raise _invalid("args", "must be an object")
    if params.get("action") is not None and params["action"] not in _ACTIONS:
        raise _invalid("action", f"must be one of {', '.join(_ACTIONS)}")


def check_deliver(params: Dict[str, Any]) -> None:
    _need(params, "subscription", str)
    events = _need(params, "events", list)
    if len(events) > 100:
        raise _invalid("events", "must be at most 100")
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            raise _invalid(f"events.{index}", "must be an object")
        _need(event, "seq", int, f"events.{index}.")
        _need(event, "type", str, f"events.{index}.")
        _need(event, "source", str, f"events.{index}.")
        _need(event, "timestamp", (int, float), f"events.{index}.")
    if params.get("lost") is not None:
        lost = _need(params, "lost", dict)
        for field in ("from", "to", "count"):
            _need(lost, field, (int, float), "lost.")


def check_intercept(params: Dict[str, Any]) -> None:
    _need(params, "point", str)
    _need(params, "invocation", str)
    _need(params, "subject", dict)
    if params.get("phase") not in ("before", "after"):
        raise _invalid("phase", "must be before or after")


CHECKS = {
    "initialize": check_initialize,
    "call": check_call,
    "deliver": check_deliver,
    "intercept": check_intercept,
}


def _need(params: Dict[str, Any], field: str, kind: Any, prefix: str = "") -> Any:
    value = params.get(field)
    if not isinstance(value, kind) or isinstance(value, bool):
        names = "number" if kind is int or isinstance(kind, tuple) else {dict: "object", list: "list", str: "string"}[kind]
        raise _invalid(prefix + field, f"must be {'an' if names == 'object' else 'a'} {names}")
    return value


def _invalid(field: str, what: str) -> PluginError:
    return PluginError("invalidParams", f"{field}: {what}.")
