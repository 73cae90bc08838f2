"""State with compare-and-set in one step, and its scopes by name."""

from __future__ import annotations

import random
import time
from typing import Any, Callable

from ..errors import PluginError
from ..handlers import run
from ..state import State, WatchedState

ATTEMPTS = 50


class _Shared:
    def update(self: Any, key: str, change: Callable[[Any], Any]) -> Any:
        """Changes a value by what it is, ``None`` where it is not set, and answers the new one.

        The new value is kept only if nobody else has written meanwhile, else ``change`` is asked again with theirs; where it
        answers ``None`` nothing is written. Fails with ``conflict`` after many attempts.
        """
        attempt = 1
        while True:
            entry = self.entry(key)
            value = entry.get("value")
            changed = run(change, value)
            if changed is None:
                return value
            try:
                self.set(key, changed, if_rev=entry["rev"])
                return changed
            except PluginError as error:
                if error.kind != "conflict" or attempt == ATTEMPTS:
                    raise
            # Those who try again at the same time keep each other from it.
            time.sleep(random.random() * min(0.05, 0.002 * attempt))
            attempt += 1

    @property
    def workspace(self: Any) -> Any:
        """Values of this workspace alone."""
        return self.scope("workspace")

    @property
    def conversation(self: Any) -> Any:
        """Values of this conversation alone."""
        return self.scope("conversation")

    def shared(self: Any, namespace: str) -> Any:
        """Values that plugins share under a name."""
        return self.scope(f"shared:{namespace}")


class Storage(_Shared, State):
    def scope(self, scope: str) -> "Storage":
        """The same for another scope: ``plugin``, ``workspace``, ``conversation`` or ``shared:<namespace>``."""
        return Storage(self._ask, scope)


class WatchedStorage(_Shared, WatchedState):
    def scope(self, scope: str) -> "WatchedStorage":
        """The same for another scope: ``plugin``, ``workspace``, ``conversation`` or ``shared:<namespace>``."""
        return WatchedStorage(self._ask, self._subscribe, scope)
