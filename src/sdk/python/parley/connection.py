"""JSON-RPC 2.0 in both directions over two byte streams, with cancel, progress and limits."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, List, Optional, Tuple

from .cancel import CancelToken
from .errors import PluginError, from_wire
from .framing import FrameReader, decode, encode
from .incoming import Incoming, Later, RequestId

DEFAULT_TIMEOUT_MS = 60_000
CANCEL_SETTLE_SECONDS = 2.0
#: The channel allows 64 requests in flight; a few places stay free.
IN_FLIGHT = 60

Handler = Callable[[Dict[str, Any], Incoming], Any]


class _Pending:
    """A request of ours: what arrives about it waits in ``inbox`` for the thread that asked."""

    def __init__(self, on_result: Optional[Callable[[Any], None]]) -> None:
        self.inbox: "queue.SimpleQueue[Tuple[str, Any]]" = queue.SimpleQueue()
        self.on_result = on_result


class Connection:
    """One channel. ``handle(method, params, incoming)`` answers requests; it runs in a thread of the pool.

    ``immediate`` methods run in the reading thread, in order with what arrives around them, and must not block.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], None], stray: Callable[[str], None]) -> None:
        self._read, self._write, self._stray = read, write, stray
        self.handlers: Dict[str, Handler] = {}
        self.immediate: Dict[str, Handler] = {"$/ping": lambda params, incoming: None}
        self.checks: Dict[str, Callable[[Dict[str, Any]], None]] = {}
        self.pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="parley")
        self.close_message: Optional[str] = None
        self.broken = False
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._places = threading.BoundedSemaphore(IN_FLIGHT)
        self._pending: Dict[RequestId, _Pending] = {}
        self._incoming: Dict[RequestId, Incoming] = {}
        self._last_id = 0
        self._warned = False

    # Sending

    def request(
        self,
        method: str,
        params: Dict[str, Any],
        *,
        timeout_ms: Optional[float] = None,
        cancel: Optional[List[CancelToken]] = None,
        on_progress: Optional[Callable[[Dict[str, Any]], None]] = None,
        on_result: Optional[Callable[[Any], None]] = None,
    ) -> Any:
        """Sends a request and waits for its answer. Raises ``PluginError``; ``on_result`` runs before any later message."""
        with self._places:
            with self._lock:
                if self.close_message is not None:
                    raise PluginError("unavailable", self.close_message)
                self._last_id += 1
                request_id = self._last_id
                pending = self._pending[request_id] = _Pending(on_result)
            if method == "call" or on_progress is not None:
                params = {**params, "_meta": {**(params.get("_meta") or {}), "progressToken": request_id}}
            forget: List[Callable[[], None]] = []
            try:
                self._send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
                forget = [token.on_set(lambda: pending.inbox.put(("cancel", None))) for token in cancel or []]
                return self._await(request_id, pending, method, (timeout_ms or DEFAULT_TIMEOUT_MS) / 1000, on_progress)
            finally:
                for undo in forget:
                    undo()
                with self._lock:
                    self._pending.pop(request_id, None)

    def notify(self, method: str, params: Dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _await(
        self,
        request_id: RequestId,
        pending: _Pending,
        method: str,
        timeout: float,
        on_progress: Optional[Callable[[Dict[str, Any]], None]],
    ) -> Any:
        """Waits for the answer. Progress is handled here, in the thread that asked, and begins the time anew."""
        late = PluginError("timeout", f"{method} was not answered within {timeout:g} s.")
        end = time.monotonic() + timeout
        cancelled = False
        while True:
            try:
                what, value = pending.inbox.get(timeout=max(0.0, min(end - time.monotonic(), threading.TIMEOUT_MAX)))
            except queue.Empty:
                if not cancelled:
                    self.notify("$/cancelRequest", {"id": request_id})
                raise late from None
            if what == "result":
                return value
            if what == "error":
                raise value
            if what == "cancel" and not cancelled:
                cancelled = True
                self.notify("$/cancelRequest", {"id": request_id})
                late = PluginError("cancelled", f"{method} was cancelled.")
                end = time.monotonic() + CANCEL_SETTLE_SECONDS
            elif what == "progress" and not cancelled:
                end = time.monotonic() + timeout
                if on_progress is not None:
                    on_progress(value)

    def _send(self, message: Dict[str, Any]) -> None:
        frame = encode(message)
        with self._write_lock:
            try:
                self._write(frame)
            except (OSError, ValueError):
                # The host is gone; the reading side sees the end and settles everything.
                pass

    # Receiving

    def run(self) -> None:
        """Reads until the stream ends or ``close`` is called; must be called once, from the thread that is to read."""
        frames = FrameReader()
        while self.close_message is None:
            chunk = self._read()
            if not chunk:
                self.close("The host closed the channel.")
                break
            for kind, piece in frames.feed(chunk):
                if kind == "body":
                    self._receive(piece)
                elif kind == "stray":
                    self._warn_once(piece)
                elif kind == "badHeader":
                    what = f"Content-Length must be decimal digits, but is {piece[:40]!r}."
                    self._refuse(None, PluginError("parseError", what))
                else:
                    self.broken = True
                    self.close(f"The host announced a message of {piece.decode()} bytes.")
                if self.close_message is not None:
                    break

    def close(self, message: str) -> None:
        """Fails everything that waits with ``unavailable``; safe to call twice."""
        with self._lock:
            if self.close_message is not None:
                return
            self.close_message = message
            waiting, running = list(self._pending.values()), list(self._incoming.values())
        for pending in waiting:
            pending.inbox.put(("error", PluginError("unavailable", message)))
        for incoming in running:
            incoming.cancelled.set()

    def _warn_once(self, text: bytes) -> None:
        if not self._warned:
            self._stray(f"The host sent text between messages; it is skipped: {text[:200]!r}")
        self._warned = True

    def _receive(self, body: bytes) -> None:
        try:
            message = decode(body)
        except PluginError as error:
            self._refuse(None, error)
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            request_id = message.get("id") if isinstance(message, dict) and "method" in message else None
            what = "Batches are not supported." if isinstance(message, list) else "The message is not JSON-RPC 2.0."
            self._refuse(request_id if _is_id(request_id) else None, PluginError("invalidRequest", what))
        elif "method" in message:
            self._called(message)
        else:
            self._answered(message)

    def _answered(self, message: Dict[str, Any]) -> None:
        request_id = message.get("id")
        if not _is_id(request_id):
            return
        with self._lock:
            pending = self._pending.get(request_id)
        if pending is None:
            return
        if "error" in message:
            pending.inbox.put(("error", from_wire(message["error"])))
        elif "result" in message:
            if pending.on_result is not None:
                pending.on_result(message["result"])
            pending.inbox.put(("result", message["result"]))
        else:
            pending.inbox.put(("error", PluginError("invalidRequest", "The host answered with neither a result nor an error.")))

    def _called(self, message: Dict[str, Any]) -> None:
        method, params, request_id = message["method"], message.get("params"), message.get("id")
        if not isinstance(method, str) or ("id" in message and not _is_id(request_id)):
            self._refuse(None, PluginError("invalidRequest", "The method or the id of a message is no such thing."))
            return
        if params is None:
            params = {}
        handler = self.immediate.get(method) or self.handlers.get(method)
        try:
            if method in ("$/cancelRequest", "$/progress"):
                self._about(method, params)
                return
            if handler is None:
                raise PluginError("methodNotFound", f'The plugin knows no method "{method}".')
            if not isinstance(params, dict) or not isinstance(params.get("_meta", {}), dict):
                raise PluginError("invalidParams", f"The params of {method} must be an object.")
            if method in self.checks:
                self.checks[method](params)
        except PluginError as error:
            if request_id is not None:
                self._refuse(request_id, error)
            elif method in self.checks:
                self._stray(f"The host's {method} was ignored: {error}")
            return
        incoming = Incoming(self.notify, request_id, params)
        if request_id is not None:
            with self._lock:
                taken = request_id in self._incoming
                if not taken:
                    self._incoming[request_id] = incoming
            if taken:
                self._refuse(None, PluginError("invalidRequest", f"The id {request_id!r} is in use."))
                return
        if method in self.immediate:
            self._run(handler, params, incoming, method)
        else:
            self.pool.submit(self._run, handler, params, incoming, method)

    def _about(self, method: str, params: Any) -> None:
        if not isinstance(params, dict):
            return
        about = params.get("id") if method == "$/cancelRequest" else params.get("token")
        if not _is_id(about):
            return
        with self._lock:
            incoming, pending = self._incoming.get(about), self._pending.get(about)
        if method == "$/cancelRequest":
            if incoming is not None:
                incoming.cancelled.set()
        elif pending is not None and isinstance(params.get("value"), dict):
            pending.inbox.put(("progress", params["value"]))

    def _run(self, handler: Callable[..., Any], params: Dict[str, Any], incoming: Incoming, method: str) -> None:
        """Runs a handler and answers. A handler may return a ``Later``; it then answers through that."""
        try:
            result = handler(params, incoming)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises must become an answer
            self.answer(incoming, error=error)
            return
        if isinstance(result, Later):
            result.then(lambda: self.answer(incoming, None))
        else:
            self.answer(incoming, result)

    def answer(self, incoming: Incoming, result: Any = None, error: Optional[BaseException] = None) -> None:
        if incoming.id is None:
            return
        if error is None and incoming.cancelled.is_set():
            error = PluginError("cancelled", "The request was cancelled.")
        incoming.flush()
        with self._lock:
            self._incoming.pop(incoming.id, None)
        if error is not None:
            self._refuse(incoming.id, error)
            return
        try:
            self._send({"jsonrpc": "2.0", "id": incoming.id, "result": result})
        except PluginError as failure:
            kind = failure.kind if failure.kind == "tooLarge" else "internal"
            self._refuse(incoming.id, PluginError(kind, f"The plugin's result cannot be sent: {failure.message}"))

    def _refuse(self, request_id: Optional[RequestId], error: BaseException) -> None:
        if not isinstance(error, PluginError):
            error = PluginError("internal", "The plugin failed; its own log has the details.")
        wire = error.to_wire()
        try:
            self._send({"jsonrpc": "2.0", "id": request_id, "error": wire})
        except PluginError:
            wire["data"] = {"kind": error.kind}
            self._send({"jsonrpc": "2.0", "id": request_id, "error": wire})


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or isinstance(value, str)
