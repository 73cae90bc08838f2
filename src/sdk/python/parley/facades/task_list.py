"""The latest tasks of a plugin, in its state, so that they are known after a restart."""

from __future__ import annotations

import threading
from typing import Any, Dict, List

from ..errors import PluginError

Params = Dict[str, Any]
KEY = "parley/tasks"
KEPT_AT_MOST = 100


class TaskList:
    """Those that begin together are written together."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self._unwritten: List[Params] = []
        self._guard = threading.Lock()
        self._writing = threading.Lock()

    def keep(self, id: str, title: str) -> None:
        """Returns when it is written. A task runs all the same where it cannot be, and the log says so."""
        with self._guard:
            self._unwritten.append({"id": id, "title": title})
        with self._writing:
            with self._guard:
                more, self._unwritten = self._unwritten, []
            if more:
                self._write(more)

    def all(self) -> List[Params]:
        return self._plugin.state.get(KEY) or []

    def _write(self, more: List[Params]) -> None:
        try:
            self._plugin.storage.update(KEY, lambda kept: [*(kept or []), *more][-KEPT_AT_MOST:])
        except PluginError as error:
            self._plugin.log.warn(f"The list of tasks could not be written: {error}")
