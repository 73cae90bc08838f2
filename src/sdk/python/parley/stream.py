"""Reading a streaming result while it is made."""

from __future__ import annotations

from typing import Any, Callable, Dict, Generator, Iterator, Optional

from .errors import PluginError


class ResultStream:
    """The pieces of a result, in order and all of them, at the reader's pace; ``result`` is the whole result after the last.

    ``pick`` says what of a piece is handed on; ``None`` leaves it out. Where the request fails, the loop raises after the last
    piece that came. Leaving the loop early and ``close`` cancel it.
    """

    def __init__(
        self,
        told: Generator[Dict[str, Any], None, Any],
        on_progress: Optional[Callable[[Dict[str, Any]], Any]] = None,
        pick: Optional[Callable[[Any], Any]] = None,
        finish: Callable[[Any], Any] = lambda result: result,
    ) -> None:
        self._told, self._on_progress, self._pick, self._finish = told, on_progress, pick, finish
        self._done = False
        self._result: Any = None

    def __iter__(self) -> Iterator[Any]:
        try:
            while True:
                value = next(self._told)
                if "partial" not in value:
                    if self._on_progress is not None:
                        self._on_progress(value)
                    continue
                if self._pick is None:
                    yield value["partial"]
                    continue
                picked = self._pick(value["partial"])
                if picked is not None:
                    yield picked
        except StopIteration as end:
            self._done, self._result = True, self._finish(end.value)
        finally:
            self._told.close()

    @property
    def result(self) -> Any:
        """The whole result. Raises ``PluginError`` before the last piece was read."""
        if not self._done:
            raise PluginError("unavailable", "The stream was not read to its end.", "Read its pieces first.")
        return self._result

    def close(self) -> None:
        """Nobody wants the rest."""
        self._told.close()
