"""What a handler gets beside the params of a message, and answers that come later."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Dict, List, Optional, Union

from .cancel import CancelToken

PROGRESS_EVERY_SECONDS = 0.1

RequestId = Union[int, str]
Notify = Callable[[str, Dict[str, Any]], None]


class Incoming:
    """A request that arrived: its ``_meta``, whether it was cancelled, and the way to tell of progress."""

    def __init__(self, notify: Notify, request_id: Optional[RequestId], params: Dict[str, Any]) -> None:
        self.id = request_id
        self.meta: Dict[str, Any] = params.get("_meta") or {}
        self.cancelled = CancelToken()
        self.arrived_at = time.monotonic()
        self._notify = notify
        self._held: Optional[Dict[str, Any]] = None
        self._sent_at = 0.0

    def progress(self, value: Dict[str, Any]) -> None:
        """Sends ``$/progress`` if the request wants it; at most ten a second, the latest kept, pieces always at once."""
        if self.meta.get("progressToken") is None:
            return
        now = time.monotonic()
        if "partial" not in value and now - self._sent_at < PROGRESS_EVERY_SECONDS:
            self._held = value
            return
        self.flush()
        self._sent_at = now
        self._send(value)

    def flush(self) -> None:
        """Sends the progress that was held back; called before the answer."""
        held, self._held = self._held, None
        if held is not None:
            self._send(held)

    def _send(self, value: Dict[str, Any]) -> None:
        self._notify("$/progress", {"token": self.meta["progressToken"], "value": value})


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
