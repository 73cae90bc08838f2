"""The plugin's own offers."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional

from .errors import PluginError
from .handlers import run
from .incoming import Incoming
from .registrar import Registrar, Registration
from .verbs import Request, Verbs

Params = Dict[str, Any]


class Call(Verbs):
    """A call that arrived, and the verbs bound to it: what they send belongs to this call and ends with it."""

    def __init__(self, request: Request, incoming: Incoming) -> None:
        super().__init__(request, incoming)
        meta = incoming.meta
        #: Who calls, as the host says: ``agent``, ``person``, ``plugin:<name>``.
        self.caller: str = meta.get("caller", "host")
        self.conversation: Optional[str] = meta.get("conversation")
        self.turn: Optional[str] = meta.get("turn")
        self.call_id: Optional[str] = meta.get("callId")
        #: Set when the caller no longer wants the answer; ``call.cancelled.wait(seconds)`` waits for it.
        self.cancelled = incoming.cancelled

    def progress(self, message: Optional[str] = None, percentage: Optional[float] = None) -> None:
        """Tells how far it is, in words and from 0 to 100; the time of the call begins anew. At most ten a second are sent."""
        value = {"message": message, "percentage": percentage}
        self._bound.progress({key: item for key, item in value.items() if item is not None})

    def partial(self, value: Any) -> None:
        """Sends a piece of a streaming result; waits until whoever calls has taken enough of those before.

        Raises ``PluginError`` (``cancelled``) when nobody wants the rest.
        """
        self._bound.progress({"partial": value})

    @property
    def _bound(self) -> Incoming:
        assert self._incoming is not None
        return self._incoming


class LocalOffers:
    """The plugin's offers by name."""

    def __init__(self, request: Request, registrar: Registrar, on_fault: Callable[[str, BaseException], None]) -> None:
        self._request, self._registrar, self._on_fault = request, registrar, on_fault
        self._offers: Dict[str, Callable[[Params, Call], Any]] = {}
        #: The capabilities of those that have one, by name.
        self._provides: Dict[str, str] = {}

    def add(self, spec: Any, handler: Callable[..., Any]) -> Registration:
        """A name alone stands for an offer that the manifest declares; it is not declared again."""
        name = spec if isinstance(spec, str) else spec["name"]
        if name in self._offers:
            raise ValueError(f'The plugin already has an offer named "{name}".')
        self._offers[name] = _with_call(handler)
        if isinstance(spec, str):
            registration = Registration({}, lambda handle: None, self._registrar)
        else:
            capability = (spec.get("facets") or {}).get("provides")
            if capability:
                self._provides[name] = capability
            registration = self._registrar.add({"offer": {"action": "read", **spec}})
        return registration.released(lambda: self._remove(name))

    def _remove(self, name: str) -> None:
        self._offers.pop(name, None)
        self._provides.pop(name, None)

    def has(self, name: str) -> bool:
        return name in self._offers

    def handle(self, params: Params, incoming: Incoming) -> Any:
        name = params.get("name", "")
        if name not in self._offers:
            wanted = params["to"].get("provides")
            name = next((own for own, capability in list(self._provides.items()) if capability == wanted), name)
        handler = self._offers.get(name)
        if handler is None and name == "config.apply":
            raise PluginError("notNegotiated", "The plugin takes no new settings while it runs.", "Restart the plugin.")
        if handler is None:
            todo = (
                "Call one of the offers in `data.near`; "
                "what only plugin.json names, declare in code: a point with `hooks.declare`."
            )
            near = {"near": list(self._offers)[:20]}
            raise PluginError("notFound", f'The plugin has no offer named "{name}".', todo, near)
        try:
            result = run(handler, params.get("args", {}), Call(self._request, incoming))
            if incoming.cancelled.is_set():
                raise PluginError("cancelled", "The call was cancelled.")
            return result
        except PluginError:
            raise
        except Exception as error:
            if incoming.cancelled.is_set():
                raise PluginError("cancelled", "The call was cancelled.") from error
            self._on_fault(f'The offer "{name}" failed', error)
            todo = "This is a fault of the plugin; its log has the details."
            raise PluginError("internal", f'The plugin failed while it ran "{name}".', todo) from error


def _with_call(handler: Callable[..., Any]) -> Callable[[Params, Call], Any]:
    """A handler that wants only the arguments is not given the call."""
    try:
        inspect.signature(handler).bind({}, None)
    except TypeError:
        return lambda args, call: handler(args)
    return handler
