"""JSON-RPC 2.0 in both directions over two byte streams, with cancel, progress and limits."""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Generator, List, Optional, Set, Tuple

from .cancel import CancelToken
from .errors import PluginError, from_wire
from .framing import NESTING, FrameReader, decode, encode, is_too_deep
from .incoming import Incoming, Later, RequestId, Window
from .inside import within
from .schema import Messages

DEFAULT_TIMEOUT_MS = 60_000
CANCEL_SETTLE_SECONDS = 2.0
#: The channel allows 64 requests in flight unless the host says otherwise; a few places stay free.
KEPT_FREE = 4
IN_FLIGHT = 64 - KEPT_FREE
#: How many different things the host did wrong are told.
MOST_TOLD = 100

#: What was consumed of a streaming result is told at the latest after so long.
TELL_SECONDS = 0.05
DEFAULT_WINDOW = Window(64, 1024 * 1024)

Handler = Callable[[Dict[str, Any], Incoming], Any]
#: What is said of a request's progress, and its answer in the end.
Told = Generator[Dict[str, Any], None, Any]


class _Pending:
    """A request of ours: what arrives about it waits in ``inbox`` for the thread that asked."""

    def __init__(self, method: str, on_result: Optional[Callable[[Any], None]]) -> None:
        self.method = method
        self.inbox: "queue.SimpleQueue[Tuple[str, Any, int]]" = queue.SimpleQueue()
        self.on_result = on_result


class _Meter:
    """How many pieces of a streaming result were consumed, and how many of them the sender knows of."""

    def __init__(self, window: Optional[Window], tell: Callable[[int], Any]) -> None:
        self._window, self._tell = window, tell
        self._consumed = self._told = self._bytes = 0

    @property
    def untold(self) -> bool:
        return self._window is not None and self._consumed > self._told

    def consumed(self, size: int) -> None:
        self._consumed += 1
        self._bytes += size
        window = self._window
        if window and ((self._consumed - self._told) * 4 >= window.count or self._bytes * 4 >= window.bytes):
            self.tell()

    def tell(self) -> None:
        self._told, self._bytes = self._consumed, 0
        self._tell(self._consumed)


class Connection:
    """One channel. ``handle(method, params, incoming)`` answers requests; it runs in a thread of the pool.

    ``immediate`` methods run in the reading thread, in order with what arrives around them, and must not block.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], None], stray: Callable[[str], None]) -> None:
        self._read, self._write, self._stray = read, write, stray
        self.handlers: Dict[str, Handler] = {}
        self.immediate: Dict[str, Handler] = {"$/ping": lambda params, incoming: None}
        self.messages = Messages()
        self.pool = ThreadPoolExecutor(max_workers=64, thread_name_prefix="parley")
        self.close_message: Optional[str] = None
        self.broken = False
        self._lock = threading.Lock()
        self._write_lock = threading.Lock()
        self._places = threading.Semaphore(IN_FLIGHT)
        self._pending: Dict[RequestId, _Pending] = {}
        self._incoming: Dict[RequestId, Incoming] = {}
        self._tokens: Dict[RequestId, Incoming] = {}
        self._window: Optional[Window] = None
        self._last_id = 0
        self._told: Set[str] = set()

    # Sending

    def request(
        self,
        method: str,
        params: Dict[str, Any],
        *,
        timeout_ms: Optional[float] = None,
        cancel: Optional[List[CancelToken]] = None,
        on_progress: Optional[Callable[[Dict[str, Any]], Any]] = None,
        on_result: Optional[Callable[[Any], None]] = None,
        stream: bool = False,
    ) -> Any:
        """Sends a request and waits for its answer. Raises ``PluginError``; ``on_result`` runs before any later message.

        With ``stream`` it answers a generator of what is said of the progress instead, which returns the answer; whoever closes
        it cancels the request.
        """
        seconds = (timeout_ms or DEFAULT_TIMEOUT_MS) / 1000
        wanted = stream or method == "call" or on_progress is not None
        told = self._ask(method, params, seconds, cancel or [], on_result, wanted)
        if stream:
            return told
        try:
            while True:
                value = next(told)
                if on_progress is not None:
                    on_progress(value)
        except StopIteration as end:
            return end.value

    def _ask(
        self,
        method: str,
        params: Dict[str, Any],
        seconds: float,
        cancel: List[CancelToken],
        on_result: Optional[Callable[[Any], None]],
        wants_progress: bool,
    ) -> Told:
        with self._places:
            with self._lock:
                if self.close_message is not None:
                    raise PluginError("unavailable", self.close_message)
                self._last_id += 1
                request_id = self._last_id
                pending = self._pending[request_id] = _Pending(method, on_result)
            if wants_progress:
                params = {**params, "_meta": {**(params.get("_meta") or {}), "progressToken": request_id}}
            forget: List[Callable[[], None]] = []
            try:
                self._send({"jsonrpc": "2.0", "id": request_id, "method": method, "params": params})
                forget = [token.on_set(lambda: pending.inbox.put(("cancel", None, 0))) for token in cancel]
                return (yield from self._await(request_id, pending, method, seconds))
            except GeneratorExit:
                self.notify("$/cancelRequest", {"id": request_id})
                raise
            finally:
                for undo in forget:
                    undo()
                with self._lock:
                    self._pending.pop(request_id, None)

    def notify(self, method: str, params: Dict[str, Any]) -> int:
        """Answers the bytes of the message."""
        return self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def agree_on_places(self, outstanding: Any) -> None:
        """The host takes so many requests at a time; called before the first is sent."""
        if not isinstance(outstanding, int) or outstanding < 1:
            return
        wanted = max(1, outstanding - KEPT_FREE)
        for _ in range(wanted - IN_FLIGHT):
            self._places.release()
        for _ in range(IN_FLIGHT - wanted):
            self._places.acquire()

    def agree_on_streams(self, initialize: Dict[str, Any]) -> None:
        """With the capability ``streaming`` of both sides, pieces of results are sent as far as credit allows."""
        if initialize.get("capabilities", {}).get("streaming") is not True:
            return
        given = initialize.get("limits", {})
        sizes = [given.get(name) for name in ("streamCount", "streamBytes")]
        fitting = [size if isinstance(size, int) and size >= 1 else default for size, default in zip(sizes, DEFAULT_WINDOW)]
        self._window = Window(*fitting)

    def _await(self, request_id: RequestId, pending: _Pending, method: str, timeout: float) -> Told:
        """Waits for the answer. Progress is handed on in the thread that asked, and begins the time anew."""
        late = PluginError("timeout", f"{method} was not answered within {timeout:g} s.")
        end = time.monotonic() + timeout
        cancelled = False
        meter = _Meter(self._window, lambda consumed: self.notify("$/credit", {"token": request_id, "consumed": consumed}))
        while True:
            left = max(0.0, min(end - time.monotonic(), threading.TIMEOUT_MAX))
            try:
                what, value, size = pending.inbox.get(timeout=min(left, TELL_SECONDS) if meter.untold else left)
            except queue.Empty:
                if meter.untold and time.monotonic() < end:
                    meter.tell()
                    continue
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
                yield value
                if "partial" in value:
                    meter.consumed(size)
                end = time.monotonic() + timeout

    def _send(self, message: Dict[str, Any]) -> int:
        frame = encode(message)
        with self._write_lock:
            try:
                self._write(frame)
            except (OSError, ValueError):
                # The host is gone; the reading side sees the end and settles everything.
                pass
        return len(frame)

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
                    self._tell_once("stray text", f"The host sent text between messages; it is skipped: {piece[:200]!r}")
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
            pending.inbox.put(("error", PluginError("unavailable", message), 0))
        for incoming in running:
            incoming.cancelled.set()

    def _tell_once(self, what: str, line: str) -> None:
        if what not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(what)
            self._stray(line)

    def _receive(self, body: bytes) -> None:
        try:
            message = decode(body)
        except PluginError as error:
            self._refuse(None, error)
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            what = "Batches are not supported." if isinstance(message, list) else "The message is not JSON-RPC 2.0."
            self._refuse(_id_of(message), PluginError("invalidRequest", what))
        elif is_too_deep(body, message):
            self._refuse(_id_of(message), PluginError("invalidRequest", f"The message is nested deeper than {NESTING}."))
        elif "method" in message:
            self._called(message, len(body))
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
        try:
            if ("error" in message) == ("result" in message):
                what = f'The answer of the host to "{pending.method}" has not exactly one of a result and an error.'
                raise PluginError("internal", what, "This is a fault of the one who answered.")
            if "error" in message:
                raise from_wire(message["error"])
            self.messages.check_result(pending.method, message["result"])
        except PluginError as error:
            pending.inbox.put(("error", error, 0))
            return
        if pending.on_result is not None:
            pending.on_result(message["result"])
        pending.inbox.put(("result", message["result"], 0))

    def _called(self, message: Dict[str, Any], size: int) -> None:
        method, params, request_id = message["method"], message.get("params"), message.get("id")
        if not isinstance(method, str) or ("id" in message and not _is_id(request_id)):
            self._refuse(None, PluginError("invalidRequest", "The method or the id of a message is no such thing."))
            return
        if "result" in message or "error" in message:
            self._refuse(_id_of(message), PluginError("invalidRequest", "A message with a method has no result and no error."))
            return
        if params is None:
            params = {}
        handler = self.immediate.get(method) or self.handlers.get(method)
        try:
            if handler is None and method not in ("$/cancelRequest", "$/progress", "$/credit"):
                raise PluginError("methodNotFound", f'The plugin knows no method "{method}".')
            if not self.messages.may_be(method, "notification" if request_id is None else "request"):
                what = "came as a notification, but wants an answer" if request_id is None else "is not answered here"
                raise PluginError("methodNotFound", f'"{method}" {what}.')
            self.messages.check_params(method, params)
        except PluginError as error:
            if request_id is not None:
                self._refuse(request_id, error)
            else:
                self._tell_once(f"{method} {error}", f'The host sent a notification that was ignored: "{method}": {error}')
            return
        if handler is None:
            self._about(method, params, size)
            return
        incoming = Incoming(self.notify, request_id, params, self._window)
        if request_id is not None:
            with self._lock:
                taken = request_id in self._incoming
                if not taken:
                    self._incoming[request_id] = incoming
                    token = incoming.meta.get("progressToken")
                    if token is not None:
                        self._tokens[token] = incoming
            if taken:
                self._refuse(None, PluginError("invalidRequest", f"The id {request_id!r} is in use."))
                return
        if method in self.immediate:
            self._run(handler, params, incoming, method)
        else:
            self.pool.submit(self._run, handler, params, incoming, method)

    def _about(self, method: str, params: Dict[str, Any], size: int) -> None:
        about = params["id" if method == "$/cancelRequest" else "token"]
        with self._lock:
            incoming = (self._tokens if method == "$/credit" else self._incoming).get(about)
            pending = self._pending.get(about)
        if method == "$/cancelRequest":
            if incoming is not None:
                incoming.cancelled.set()
                self._answer_anyway(incoming)
        elif method == "$/credit":
            if incoming is not None:
                incoming.credit(params["consumed"])
        elif pending is not None:
            pending.inbox.put(("progress", params["value"], size))

    def _answer_anyway(self, incoming: Incoming) -> None:
        """The caller hears of its cancel soon, also from a handler that takes no notice of it."""
        late = PluginError("cancelled", "The request was cancelled.")
        timer = threading.Timer(CANCEL_SETTLE_SECONDS, self.answer, (incoming,), {"error": late})
        timer.daemon = True
        incoming.late = timer
        timer.start()

    def _run(self, handler: Callable[..., Any], params: Dict[str, Any], incoming: Incoming, method: str) -> None:
        """Runs a handler and answers. A handler may return a ``Later``; it then answers through that."""
        try:
            with within(incoming.meta):
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
        with self._lock:
            if self._incoming.get(incoming.id) is not incoming:
                return
        incoming.flush()
        with self._lock:
            if self._incoming.get(incoming.id) is not incoming:
                return
            del self._incoming[incoming.id]
        if incoming.late is not None:
            incoming.late.cancel()
            token = incoming.meta.get("progressToken")
            if _is_id(token) and self._tokens.get(token) is incoming:
                del self._tokens[token]
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
    """A string of at most 256, or an integer that a double holds exactly."""
    if isinstance(value, str):
        return len(value) <= 256
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def _id_of(message: Any) -> Optional[RequestId]:
    """The id that an answer may carry: of what can only have been a request."""
    if not isinstance(message, dict) or "method" not in message or not _is_id(message.get("id")):
        return None
    return message["id"]
