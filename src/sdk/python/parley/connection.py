"""JSON-RPC 2.0 in both directions over two byte streams: what arrives is checked and handed on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict, Optional, Set

from .credit import agreed_window
from .errors import PluginError
from .framing import BODY_BYTES, NESTING, FrameReader, decode, encode, is_too_deep
from .ids import id_of, is_id
from .outgoing import Outgoing
from .schema import Messages
from .serving import Handler, Serving

Params = Dict[str, Any]

#: How many different things the host did wrong are told.
MOST_TOLD = 100
#: What is said about a request that is in progress.
ABOUT = ("$/cancelRequest", "$/progress", "$/credit")


class Connection:
    """One channel. ``handle(method, params, incoming)`` answers requests; it runs in a thread of the pool.

    ``immediate`` methods run in the reading thread, in order with what arrives around them, and must not block.
    """

    def __init__(self, read: Callable[[], bytes], write: Callable[[bytes], None], stray: Callable[[str], None]) -> None:
        self._read, self._write, self._stray = read, write, stray
        self.handlers: Dict[str, Handler] = {}
        self.immediate: Dict[str, Handler] = {"$/ping": lambda params, incoming: None}
        # More than can ever run at a time, each of which may wait: a thread is made where none is idle.
        self.pool = ThreadPoolExecutor(max_workers=1_024, thread_name_prefix="parley")
        self.close_message: Optional[str] = None
        self.broken = False
        self._closing = threading.Lock()
        self._write_lock = threading.Lock()
        self._messages = Messages()
        self._outgoing = Outgoing(self._send, self._messages)
        self._serving = Serving(self._send, self._stray)
        self._told: Set[str] = set()

    def request(self, method: str, params: Params, **options: Any) -> Any:
        """Sends a request and waits for its answer, with the options of ``Outgoing.request``. Raises ``PluginError``."""
        return self._outgoing.request(method, params, **options)

    def notify(self, method: str, params: Params) -> int:
        """Answers the bytes of the message."""
        return self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def agree(self, initialize: Params) -> None:
        """What the host said in ``initialize`` of how much may be on its way; called before the first request is sent."""
        self._outgoing.window = self._serving.window = agreed_window(initialize)
        self._outgoing.agree_on_places(initialize.get("limits", {}).get("outstandingRequests"))

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
                    what = f'Content-Length must be decimal digits, but is "{piece[:40].decode(errors="replace")}".'
                    self._serving.refuse(None, PluginError("parseError", what))
                else:
                    self.broken = True
                    what = f"A message of {piece.decode()} bytes was announced; the limit is {BODY_BYTES}."
                    self._serving.refuse(None, PluginError("tooLarge", what, details={"limit": BODY_BYTES}))
                    self.close(f"The host announced a message of {piece.decode()} bytes.")
                if self.close_message is not None:
                    break

    def close(self, message: str) -> None:
        """Fails everything that waits with ``unavailable``; safe to call twice."""
        with self._closing:
            if self.close_message is not None:
                return
            self.close_message = message
        self._outgoing.end(message)
        self._serving.end()

    def _send(self, message: Params) -> int:
        frame = encode(message)
        with self._write_lock:
            try:
                self._write(frame)
            except (OSError, ValueError):
                # The host is gone; the reading side sees the end and settles everything.
                pass
        return len(frame)

    def _receive(self, body: bytes) -> None:
        refuse = self._serving.refuse
        try:
            message = decode(body)
        except PluginError as error:
            refuse(None, error)
            return
        if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
            what = "Batches are not supported." if isinstance(message, list) else "The message is not JSON-RPC 2.0."
            refuse(id_of(message), PluginError("invalidRequest", what))
        elif is_too_deep(body, message):
            refuse(id_of(message), PluginError("invalidRequest", f"The message is nested deeper than {NESTING}."))
        elif "method" not in message:
            self._answered(message)
        elif not isinstance(message["method"], str) or ("id" in message and not is_id(message["id"])):
            refuse(None, PluginError("invalidRequest", "The method or the id of a message is no such thing."))
        elif "result" in message or "error" in message:
            refuse(id_of(message), PluginError("invalidRequest", "A message with a method has no result and no error."))
        else:
            self._called(message, len(body))

    def _answered(self, message: Params) -> None:
        error = message.get("error")
        if message.get("id") is None and isinstance(error, dict):
            what = f"the host could not read a message of ours: {str(error.get('message'))[:500]} ({error.get('code')})"
            self._tell_once(what, what)
        else:
            self._outgoing.answered(message)

    def _called(self, message: Params, size: int) -> None:
        method, request_id = message["method"], message.get("id")
        params = {} if message.get("params") is None else message["params"]
        handler = self.immediate.get(method) or self.handlers.get(method)
        try:
            self._check(method, params, handler is not None, "notification" if request_id is None else "request")
        except PluginError as error:
            if request_id is not None:
                self._serving.refuse(request_id, error)
            else:
                self._tell_once(f"{method} {error}", f'The host sent a notification that was ignored: "{method}": {error}')
            return
        if handler is None:
            self._about(method, params, size)
            return
        try:
            incoming = self._serving.begin(method, request_id, params)
        except PluginError as error:
            self._serving.refuse(None, error)
            return
        if method in self.immediate:
            self._serving.run(handler, params, incoming)
        else:
            self.pool.submit(self._serving.run, handler, params, incoming)

    def _check(self, method: str, params: Any, known: bool, form: str) -> None:
        if not known and method not in ABOUT:
            raise PluginError("methodNotFound", f'The plugin knows no method "{method}".')
        if not self._messages.may_be(method, form):
            what = "came as a notification, but wants an answer" if form == "notification" else "is not answered here"
            raise PluginError("methodNotFound", f'"{method}" {what}.')
        self._messages.check_params(method, params)

    def _about(self, method: str, params: Params, size: int) -> None:
        if method == "$/cancelRequest":
            self._serving.cancel(params["id"])
        elif method == "$/credit":
            self._serving.credit(params["token"], params["consumed"])
        else:
            self._outgoing.progressed(params["token"], params["value"], size)

    def _tell_once(self, what: str, line: str) -> None:
        if what not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(what)
            self._stray(line)
