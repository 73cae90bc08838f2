"""Requests of the plugin's own: their places on the channel, what is told of their progress, and their answers."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, Callable, Dict, Generator, List, Optional, Tuple

from .cancel import CancelToken
from .credit import Meter, Window
from .errors import PluginError, from_wire
from .ids import RequestId, is_id
from .schema import Messages

Params = Dict[str, Any]
#: What is said of a request's progress, and its answer in the end.
Told = Generator[Params, None, Any]

DEFAULT_TIMEOUT_MS = 60_000
CANCEL_SETTLE_SECONDS = 2.0
#: What was consumed of a streaming result is told at the latest after so long.
TELL_SECONDS = 0.05
#: The channel allows 64 requests in flight unless the host says otherwise; a few places stay free.
KEPT_FREE = 4
IN_FLIGHT = 64 - KEPT_FREE


class _Pending:
    """A request that was sent: what arrives about it waits in ``inbox`` for the thread that asked."""

    def __init__(self, method: str, on_result: Optional[Callable[[Any], None]]) -> None:
        self.method = method
        self.inbox: "queue.SimpleQueue[Tuple[str, Any, int]]" = queue.SimpleQueue()
        self.on_result = on_result


class Outgoing:
    """``send`` writes a message and answers its bytes. Any thread may ask; each waits for its own answer."""

    def __init__(self, send: Callable[[Params], int], messages: Messages) -> None:
        self._send, self._messages = send, messages
        #: How far ahead results may be sent to this side.
        self.window: Optional[Window] = None
        self._lock = threading.Lock()
        self._places = threading.Semaphore(IN_FLIGHT)
        self._pending: Dict[RequestId, _Pending] = {}
        self._last_id = 0
        self._over: Optional[str] = None

    def request(
        self,
        method: str,
        params: Params,
        *,
        timeout_ms: Optional[float] = None,
        cancel: Optional[List[CancelToken]] = None,
        on_progress: Optional[Callable[[Params], Any]] = None,
        on_result: Optional[Callable[[Any], None]] = None,
        stream: bool = False,
    ) -> Any:
        """Sends a request and waits for its answer. Raises ``PluginError``; ``on_result`` runs before any later message.

        With ``stream`` it answers a generator of what is said of the progress instead, which returns the answer; it sends when it
        is first read, and whoever closes it cancels the request.
        """
        pending = _Pending(method, on_result)
        wants_progress = stream or method == "call" or on_progress is not None
        told = self._ask(pending, params, _seconds(timeout_ms), cancel or [], wants_progress)
        if stream:
            return told
        try:
            while True:
                value = next(told)
                if on_progress is not None:
                    on_progress(value)
        except StopIteration as end:
            return end.value
        finally:
            told.close()

    def agree_on_places(self, outstanding: Any) -> None:
        """The host takes so many requests at a time; called before the first is sent."""
        if not isinstance(outstanding, int) or outstanding < 1:
            return
        wanted = max(1, outstanding - KEPT_FREE)
        for _ in range(wanted - IN_FLIGHT):
            self._places.release()
        for _ in range(IN_FLIGHT - wanted):
            self._places.acquire()

    def answered(self, message: Params) -> None:
        """An answer has arrived. One that nobody waits for any more is passed over."""
        request_id = message.get("id")
        with self._lock:
            pending = self._pending.get(request_id) if is_id(request_id) else None
        if pending is None:
            return
        try:
            result = self._result_of(pending.method, message)
        except PluginError as error:
            pending.inbox.put(("error", error, 0))
            return
        if pending.on_result is not None:
            pending.on_result(result)
        pending.inbox.put(("result", result, 0))

    def progressed(self, request_id: RequestId, value: Params, size: int) -> None:
        with self._lock:
            pending = self._pending.get(request_id)
        if pending is not None:
            pending.inbox.put(("progress", value, size))

    def end(self, message: str) -> None:
        """Fails everything that waits, and everything that is still asked, with ``unavailable``."""
        with self._lock:
            self._over = message
            waiting = list(self._pending.values())
        for pending in waiting:
            pending.inbox.put(("error", _gone(pending.method, message), 0))

    def _result_of(self, method: str, message: Params) -> Any:
        if ("error" in message) == ("result" in message):
            what = f'The answer of the host to "{method}" has not exactly one of a result and an error.'
            raise PluginError("internal", what, "This is a fault of the one who answered.")
        if "error" in message:
            raise from_wire(message["error"])
        self._messages.check_result(method, message["result"])
        return message["result"]

    def _ask(
        self, pending: _Pending, params: Params, seconds: float, cancel: List[CancelToken], wants_progress: bool
    ) -> Told:
        with self._places:
            with self._lock:
                if self._over is not None:
                    raise _gone(pending.method, self._over)
                self._last_id += 1
                request_id = self._last_id
                self._pending[request_id] = pending
            if wants_progress:
                params = {**params, "_meta": {**(params.get("_meta") or {}), "progressToken": request_id}}
            forget: List[Callable[[], None]] = []
            try:
                self._send({"jsonrpc": "2.0", "id": request_id, "method": pending.method, "params": params})
                forget = [token.on_set(lambda: pending.inbox.put(("cancel", None, 0))) for token in cancel]
                return (yield from self._await(request_id, pending, seconds))
            except GeneratorExit:
                self._cancel(request_id)
                raise
            finally:
                for undo in forget:
                    undo()
                with self._lock:
                    self._pending.pop(request_id, None)

    def _await(self, request_id: RequestId, pending: _Pending, timeout: float) -> Told:
        """Waits for the answer. Progress is handed on in the thread that asked, and begins the time anew."""
        method = pending.method
        end = time.monotonic() + timeout
        cancelled = False
        meter = Meter(self.window, lambda consumed: self._notify("$/credit", {"token": request_id, "consumed": consumed}))
        while True:
            left = max(0.0, min(end - time.monotonic(), threading.TIMEOUT_MAX))
            try:
                what, value, size = pending.inbox.get(timeout=min(left, TELL_SECONDS) if meter.untold else left)
            except queue.Empty:
                if meter.untold and time.monotonic() < end:
                    meter.tell()
                    continue
                if cancelled:
                    raise _cancelled(method) from None
                self._cancel(request_id)
                raise _late(method, timeout) from None
            if what == "result":
                return value
            if what == "error":
                raise value
            if what == "cancel" and not cancelled:
                cancelled = True
                self._cancel(request_id)
                end = time.monotonic() + CANCEL_SETTLE_SECONDS
            elif what == "progress" and not cancelled:
                yield value
                if "partial" in value:
                    meter.consumed(size)
                end = time.monotonic() + timeout

    def _cancel(self, request_id: RequestId) -> None:
        self._notify("$/cancelRequest", {"id": request_id})

    def _notify(self, method: str, params: Params) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})


def _seconds(timeout_ms: Optional[float]) -> float:
    return (DEFAULT_TIMEOUT_MS if timeout_ms is None else timeout_ms) / 1000


def _late(method: str, seconds: float) -> PluginError:
    timeout_ms = round(seconds * 1000)
    what = f'the host did not answer "{method}" within {timeout_ms} ms.'
    return PluginError("timeout", what, details={"method": method, "timeoutMs": timeout_ms})


def _gone(method: str, message: str) -> PluginError:
    return PluginError("unavailable", message, details={"reason": "channelClosed", "method": method})


def _cancelled(method: str) -> PluginError:
    return PluginError("cancelled", f'"{method}" was cancelled.', details={"method": method})
