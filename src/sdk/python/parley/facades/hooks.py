"""Hooks at points, the plugin's own points among them."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional

from ..errors import PluginError
from ..handlers import run
from ..intercepts import Interception
from ..points import check_point
from .handle import declare

Params = Dict[str, Any]


class Hooks:
    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin

    def register(self, point: str, hook: Optional[Callable[..., Any]] = None, **options: Any) -> Any:
        """Hooks into a point: ``@plugin.hooks.register("before:save")`` over ``def hook(data)`` or ``def hook(data, interception)``.

        ``before:tool``, ``after:notes:save``, or ``before:save`` for the point ``save`` of whichever plugin has one. At points around
        calls the data are the arguments, and after the fact the result; at all others the whole subject. What the hook returns takes
        their place; a ``PluginError`` denies, with its message as the reason. Options: ``order``, ``on_failure``, ``match``.
        """

        check_point(point)

        def add(own: Callable[..., Any]) -> Any:
            return self._plugin.intercept(point, lambda interception: _run(own, interception), **options)

        return declare(add, hook)

    def declare(self, name: str, handler: Optional[Callable[..., Any]] = None, **spec: Any) -> Any:
        """Declares a point of the plugin's own; ``description`` and ``subject`` where its manifest does not.

        The handler does what the point stands around, with the data as the hooks left them; without one the data are the result.
        """
        own = handler or (lambda data: data)
        if not spec:
            return self._plugin.offer(name, own)
        subject = spec.pop("subject", None)
        more = {} if subject is None else {"input": subject}
        return self._plugin.offer(name, own, facets={"point": True}, **more, **spec)

    def run(self, name: str, data: Optional[Params] = None) -> Any:
        """Passes one of its own points: the hooks before it in order, its handler, the hooks after it in reverse; answers the result."""
        return self._plugin.call(f"{self._plugin.info['plugin']['name']}/{name}", data or {})


def _run(hook: Callable[..., Any], interception: Interception) -> Optional[Params]:
    subject, after = interception.subject, interception.phase == "after"
    if after and "error" in subject:
        return None
    field = ("result" if after else "args") if "args" in subject else None
    data = subject if field is None else subject.get(field)
    try:
        left = run(hook, data, interception) if _takes_two(hook) else run(hook, data)
    except PluginError as error:
        return {"decision": "deny", "reason": error.message}
    if left is None or (field is None and not isinstance(left, dict)):
        return None
    return {"decision": "allow", "updated": left if field is None else {field: left}}


def _takes_two(hook: Callable[..., Any]) -> bool:
    try:
        inspect.signature(hook).bind(None, None)
    except TypeError:
        return False
    return True
