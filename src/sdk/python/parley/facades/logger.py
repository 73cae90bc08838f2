"""The plugin's log, with fields that stand in each line."""

from __future__ import annotations

from typing import Any, Dict, Optional

from ..log import Log


class ChildLogger(Log):
    def __init__(self, log: Log, always: Optional[Dict[str, Any]] = None) -> None:
        self._log, self._always = log, always or {}
        super().__init__(self._line)

    def child(self, **fields: Any) -> "ChildLogger":
        """A logger whose lines carry these fields too."""
        return ChildLogger(self._log, {**self._always, **fields})

    def _line(self, level: str, message: str, fields: Optional[Dict[str, Any]]) -> None:
        getattr(self._log, level)(message, {**self._always, **(fields or {})} or None)
