"""What a handler gets beside the params of a message, and answers that come later."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any, Callable, Deque, Dict, List, Optional

from .cancel import CancelToken
from .credit import Window
from .errors import PluginError
from .ids import RequestId

PROGRESS_EVERY_SECONDS = 0.1

#: Sends a notification and answers the bytes that it takes.
Notify = Callable[[str, Dict[str, Any]], int]


class Incoming:
    """A request that arrived: its ``_meta``, whether it was cancelled, and the way to tell of progress."""

    def __init__(
        self,
        notify: Notify,
        method: str,
        request_id: Optional[RequestId],
        params: Dict[str, Any],
        window: Optional[Window] = None,
    ) -> None:
        self.method, self.id = method, request_id
        self.meta: Dict[str, Any] = params.get("_meta") or {}
        self.cancelled = CancelToken()
        #: Answers in its handler's place, once it was cancelled.
        self.late: Optional[threading.Timer] = None
        #: It is answered: what the handler says from now on is nobody's.
        self._over = False
        self._notify = notify
        self._telling = threading.Lock()
        self._held: Optional[Dict[str, Any]] = None
        self._timer: Optional[threading.Timer] = None
        self._sent_at = 0.0
        self._window = window
        #: Bytes of each piece that was sent and not consumed, oldest first.
        self._unconsumed: Deque[int] = deque()
        self._consumed = 0
        self._credit = threading.Condition()
        self.cancelled.on_set(self._wake)

    def progress(self, value: Dict[str, Any]) -> None:
        """Sends ``$/progress`` if the request wants it; at most ten a second, the latest kept, and pieces as credit allows."""
        if self.meta.get("progressToken") is None or self._over:
            return
        if "partial" in value:
            self.flush()
            self._piece(value)
            return
        with self._telling:
            if self._over:
                return
            wait = self._sent_at + PROGRESS_EVERY_SECONDS - time.monotonic()
            self._held = value
            if wait <= 0:
                self._send_held()
            elif self._timer is None:
                self._timer = threading.Timer(wait, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def finish(self) -> None:
        """The answer comes next: what was held back goes before it, and nothing after it."""
        with self._telling:
            self._send_held()
            with self._credit:
                self._over = True
                self._credit.notify_all()

    def flush(self) -> None:
        """Sends the progress that was held back, when it is its time."""
        with self._telling:
            self._send_held()

    def _send_held(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        held, self._held = self._held, None
        if held is not None:
            self._sent_at = time.monotonic()
            self._send(held)

    def credit(self, consumed: int) -> None:
        """Whoever asked has consumed so many pieces since the beginning. A number that cannot be changes nothing."""
        with self._credit:
            if consumed > self._consumed + len(self._unconsumed):
                return
            while self._consumed < consumed:
                self._unconsumed.popleft()
                self._consumed += 1
            self._credit.notify_all()

    def _piece(self, value: Dict[str, Any]) -> None:
        with self._credit:
            while self._window is not None and not self._ended() and not self._has_credit(self._window):
                self._credit.wait()
            if self._ended():
                raise PluginError("cancelled", "Nobody wants the rest of the result.")
            size = self._send(value)
            if self._window is not None:
                self._unconsumed.append(size)

    def _ended(self) -> bool:
        return self._over or self.cancelled.is_set()

    def _has_credit(self, window: Window) -> bool:
        return len(self._unconsumed) < window.count and sum(self._unconsumed) < window.bytes

    def _wake(self) -> None:
        with self._credit:
            self._credit.notify_all()

    def _send(self, value: Dict[str, Any]) -> int:
        return self._notify("$/progress", {"token": self.meta["progressToken"], "value": value})


class Later:
    """An answer that is not there yet. Settling it again has no effect; everybody who waits is told once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = False
        self._waiting: List[Callable[[], None]] = []

    def then(self, run: Callable[[], None]) -> None:
        with self._lock:
            if not self._done:
                self._waiting.append(run)
                return
        run()

    def settle(self) -> None:
        with self._lock:
            self._done = True
            waiting, self._waiting = self._waiting, []
        for run in waiting:
            run()
