"""How far ahead of its reader a streaming result may be sent."""

from __future__ import annotations

from typing import Any, Callable, Dict, NamedTuple, Optional


class Window(NamedTuple):
    """How many pieces of a result may be sent before they are consumed, and how many bytes of them."""

    count: int
    bytes: int


DEFAULT_WINDOW = Window(64, 1024 * 1024)


def agreed_window(initialize: Dict[str, Any]) -> Optional[Window]:
    """What the host said in ``initialize``; nothing where it knows no credit, and pieces are sent as they are made."""
    if initialize.get("capabilities", {}).get("streaming") is not True:
        return None
    given = initialize.get("limits", {})
    sizes = [given.get(name) for name in ("streamCount", "streamBytes")]
    return Window(*(size if isinstance(size, int) and size >= 1 else usual for size, usual in zip(sizes, DEFAULT_WINDOW)))


class Meter:
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
