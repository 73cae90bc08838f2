"""Values that the host keeps for the plugin, and their changes."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional

from .handlers import run
from .registrar import Registration

Params = Dict[str, Any]
Request = Callable[..., Any]


class State:
    """Values that the host keeps for the plugin, each at most 1 MiB as JSON."""

    def __init__(self, ask: Request, scope: str = "plugin") -> None:
        self._ask = ask
        self._scope = scope

    def get(self, key: str, default: Any = None) -> Any:
        """The value alone, or the default where the key is not set."""
        return self.entry(key).get("value", default)

    def entry(self, key: str) -> Params:
        """``{value?, rev}``; ``rev`` is 0 where the key is not set. Give ``rev`` back as ``if_rev``."""
        return self._ask("state/get", {"scope": self._scope, "key": key})

    def set(self, key: str, value: Any, *, if_rev: Optional[int] = None) -> int:
        """Sets the value and answers its new revision; fails with ``conflict`` when the revision is not ``if_rev``."""
        return self._ask("state/set", {"scope": self._scope, "key": key, "value": value, "ifRev": if_rev})["rev"]

    def delete(self, key: str, *, if_rev: Optional[int] = None) -> bool:
        """Removes the value and answers whether there was one."""
        return self._ask("state/delete", {"scope": self._scope, "key": key, "ifRev": if_rev})["deleted"]

    def list(self, prefix: str = "") -> List[Params]:
        """All keys that start with the prefix, in order: ``[{key, rev}]``."""
        keys: List[Params] = []
        while True:
            after = keys[-1]["key"] if keys else None
            page = self._ask("state/list", {"scope": self._scope, "prefix": prefix, "after": after})
            keys.extend(page["keys"])
            if not page["more"] or not page["keys"]:
                return keys

    def scope(self, scope: str) -> "State":
        """The same for another scope: ``plugin``, ``workspace``, ``conversation`` or ``shared:<namespace>``."""
        return State(self._ask, scope)


class WatchedState(State):
    """A plugin's state, whose changes it can hear of: its own, and with the right to read and to hear of them, shared ones."""

    def __init__(self, ask: Request, subscribe: Callable[..., Registration], scope: str = "plugin") -> None:
        super().__init__(ask, scope)
        self._subscribe = subscribe

    def watch(self, key: str, handler: Callable[[Params], Any]) -> Registration:
        """Hears of every change of a key, or of all that begin with a text that ends in ``*``: ``{scope, key, rev, deleted?, by}``.

        The value is read with ``get``. For a shared scope the manifest wants ``subscribe`` on ``state.shared.<namespace>.>``
        beside ``state`` on the scope.
        """
        kind, _, namespace = self._scope.partition(":")
        topic = f"state.shared.{re.sub('[^A-Za-z0-9_-]', '_', namespace)}.>" if namespace else f"state.{kind}.>"

        def heard(event: Any) -> None:
            change = event.data
            # Different namespaces may share a topic; the exact scope and key are in the event.
            fits = change["key"].startswith(key[:-1]) if key.endswith("*") else change["key"] == key
            if change["scope"] == self._scope and fits:
                run(handler, change)

        return self._subscribe(topic, heard)

    def scope(self, scope: str) -> "WatchedState":
        """The same for another scope: ``plugin``, ``workspace``, ``conversation`` or ``shared:<namespace>``."""
        return WatchedState(self._ask, self._subscribe, scope)
