"""Requests of the host's that the plugin works on, and their answers."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Optional

from .credit import Window
from .errors import PluginError
from .ids import RequestId, is_id
from .incoming import Incoming, Later
from .inside import within
from .outgoing import CANCEL_SETTLE_SECONDS

Params = Dict[str, Any]
Handler = Callable[[Params, Incoming], Any]


class Serving:
    """``send`` writes a message and answers its bytes, ``stray`` a line for the log. Each request is answered once, whatever its handler does."""

    def __init__(self, send: Callable[[Params], int], stray: Callable[[str], None]) -> None:
        self._send, self._stray = send, stray
        #: How far ahead of the host results may be sent.
        self.window: Optional[Window] = None
        self._lock = threading.Lock()
        self._by_id: Dict[RequestId, Incoming] = {}
        self._by_token: Dict[RequestId, Incoming] = {}

    def begin(self, method: str, request_id: Optional[RequestId], params: Params) -> Incoming:
        """A request, or without an id a notification, has arrived. Raises ``invalidRequest`` where its id is in use."""
        incoming = Incoming(self._notify, method, request_id, params, self.window)
        if request_id is None:
            return incoming
        with self._lock:
            if request_id in self._by_id:
                raise PluginError("invalidRequest", f"The id {request_id!r} is in use.")
            self._by_id[request_id] = incoming
            token = incoming.meta.get("progressToken")
            if is_id(token):
                self._by_token[token] = incoming
        return incoming

    def run(self, handler: Handler, params: Params, incoming: Incoming) -> None:
        """Runs a handler and answers. A handler may return a ``Later``; it then answers through that."""
        try:
            with within(incoming.meta):
                result = handler(params, incoming)
        except BaseException as error:  # noqa: BLE001 - whatever a handler raises must become an answer
            self.answer(incoming, error=error)
            return
        if isinstance(result, Later):
            result.then(lambda: self.answer(incoming, None))
        else:
            self.answer(incoming, result)

    def cancel(self, request_id: RequestId) -> None:
        """The caller hears of its cancel soon, also from a handler that takes no notice of it."""
        with self._lock:
            incoming = self._by_id.get(request_id)
        if incoming is None:
            return
        incoming.cancelled.set()
        late = _cancelled(incoming)
        timer = threading.Timer(CANCEL_SETTLE_SECONDS, self.answer, (incoming,), {"error": late})
        timer.daemon = True
        incoming.late = timer
        timer.start()

    def credit(self, token: RequestId, consumed: int) -> None:
        """Whoever reads a result in pieces has taken so many of them."""
        with self._lock:
            incoming = self._by_token.get(token)
        if incoming is not None:
            incoming.credit(consumed)

    def end(self) -> None:
        """Nobody waits for an answer any more."""
        with self._lock:
            running = list(self._by_id.values())
        for incoming in running:
            incoming.cancelled.set()

    def answer(self, incoming: Incoming, result: Any = None, error: Optional[BaseException] = None) -> None:
        """Answers a request, unless it was answered already."""
        if incoming.id is None:
            return
        if error is None and incoming.cancelled.is_set():
            error = _cancelled(incoming)
        with self._lock:
            if self._by_id.get(incoming.id) is not incoming:
                return
        incoming.finish()
        with self._lock:
            if self._by_id.get(incoming.id) is not incoming:
                return
            del self._by_id[incoming.id]
            token = incoming.meta.get("progressToken")
            if is_id(token) and self._by_token.get(token) is incoming:
                del self._by_token[token]
        if incoming.late is not None:
            incoming.late.cancel()
        if error is not None:
            self.refuse(incoming.id, error)
            return
        try:
            self._send({"jsonrpc": "2.0", "id": incoming.id, "result": result})
        except PluginError as failure:
            if failure.kind != "tooLarge":
                what = f'The result of "{incoming.method}" cannot be written as JSON.'
                self._stray(f"{what} {failure.message}")
                failure = PluginError("internal", what, "This is a fault of the one who answered.")
            self.refuse(incoming.id, failure)

    def refuse(self, request_id: Optional[RequestId], error: BaseException) -> None:
        """Answers with an error; one that is no ``PluginError`` is a fault, whose text does not leave the plugin."""
        if not isinstance(error, PluginError):
            error = PluginError("internal", "The plugin failed; its own log has the details.")
        wire = error.to_wire()
        try:
            self._send({"jsonrpc": "2.0", "id": request_id, "error": wire})
        except PluginError:
            wire["data"] = {"kind": error.kind, **({} if error.todo is None else {"todo": error.todo[:4000]})}
            self._send({"jsonrpc": "2.0", "id": request_id, "error": wire})

    def _notify(self, method: str, params: Params) -> int:
        return self._send({"jsonrpc": "2.0", "method": method, "params": params})


def _cancelled(incoming: Incoming) -> PluginError:
    return PluginError("cancelled", f'"{incoming.method}" was cancelled.')
