"""Tells the plugin's log of what it handles, while the host asks for that with ``verbose``."""

from __future__ import annotations

import time
from typing import Any, Callable, Dict

from .incoming import Incoming
from .log import Log

Handler = Callable[[Dict[str, Any], Incoming], Any]


class Trace:
    """The level is ``off``, ``messages`` or ``verbose``."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.level = "off"

    def set(self, params: Dict[str, Any], incoming: Incoming) -> None:
        """Handles ``$/setTrace``."""
        self.level = str(params.get("value", "off"))

    def around(self, what: Callable[[Dict[str, Any]], str], handler: Handler) -> Handler:
        """A handler that also writes down that it began, and how it ended after how long."""

        def traced(params: Dict[str, Any], incoming: Incoming) -> Any:
            if self.level != "verbose":
                return handler(params, incoming)
            name, begun, how = what(params), time.monotonic(), "ended"
            self._log.debug(f"{name} begins")
            try:
                return handler(params, incoming)
            except Exception as error:
                how = f"failed ({type(error).__name__})"
                raise
            finally:
                self._log.debug(f"{name} {how} after {round((time.monotonic() - begun) * 1000)} ms")

        return traced
