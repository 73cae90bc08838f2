"""Cancellation: an event that also tells those who asked to be told."""

from __future__ import annotations

import threading
from typing import Callable, List


class CancelToken(threading.Event):
    """Set when somebody no longer wants an answer. ``wait(seconds)`` and ``is_set()`` are those of ``threading.Event``."""

    def __init__(self) -> None:
        super().__init__()
        self._listeners: List[Callable[[], None]] = []
        self._guard = threading.Lock()

    def set(self) -> None:
        """Nobody wants the answer any more; tells those who asked to be told, once."""
        with self._guard:
            first = not self.is_set()
            super().set()
            listeners = list(self._listeners) if first else []
        for listener in listeners:
            listener()

    def on_set(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Runs the listener once when the token is set, at once if it is; answers a function that takes it back."""
        with self._guard:
            if not self.is_set():
                self._listeners.append(listener)
                return lambda: self._forget(listener)
        listener()
        return lambda: None

    def _forget(self, listener: Callable[[], None]) -> None:
        with self._guard:
            if listener in self._listeners:
                self._listeners.remove(listener)
