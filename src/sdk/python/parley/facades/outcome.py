"""How a piece of work ended: whoever settles it first is right."""

from __future__ import annotations

from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as NotYet
from typing import Any, Optional

from ..errors import PluginError


class Outcome:
    def __init__(self) -> None:
        self._future: "Future[Any]" = Future()

    def settle(self, error: Optional[BaseException], result: Any = None) -> None:
        """Has no effect the second time: the work may end while somebody cancels it."""
        try:
            if error is not None:
                self._future.set_exception(error)
            else:
                self._future.set_result(result)
        except InvalidStateError:
            pass

    def wait(self, timeout: Optional[float]) -> Any:
        """The result; raises the error, and ``timeout`` where there is neither after so many seconds."""
        try:
            return self._future.result(timeout)
        except NotYet:
            if self._future.done():
                raise
            raise PluginError("timeout", f"The task has not ended within {timeout:g} s; it goes on.") from None
