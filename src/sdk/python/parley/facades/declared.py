"""Offers whose name and facets follow from a façade."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, Optional

from ..errors import PluginError
from ..registrar import Registration

Params = Dict[str, Any]


class DeclaredOffer:
    """An offer of the plugin's.

    With a description it is declared at once. Without one, what the manifest says of that name holds; where that says nothing
    either, it is declared when the host is ready, with its title or name as the description.
    """

    def __init__(self, plugin: Any, spec: Params, handler: Callable[..., Any]) -> None:
        self._plugin, self._handler = plugin, handler
        self._spec = {**spec, "description": spec.get("description") or spec.get("title") or spec["name"]}
        self._looked = threading.Event()
        self._over = False
        self._error: Optional[PluginError] = None
        if "description" in spec:
            self._own: Registration = self._offer(self._spec)
            self._looked.set()
        else:
            self._own = plugin.offer(spec["name"], handler)
            plugin.on_ready(self._look)

    def wait(self, timeout: float = 60.0) -> None:
        """Waits until the host knows of it; raises the host's reason when it does not take it."""
        if not self._looked.wait(timeout):
            raise PluginError("timeout", "The host has not answered the registration.")
        if self._error is not None:
            raise self._error
        self._own.wait(timeout)

    def dispose(self) -> None:
        self._over = True
        self._own.dispose()

    def off(self) -> None:
        """The same as ``dispose``."""
        self.dispose()

    def _offer(self, spec: Params) -> Registration:
        return self._plugin.offer(handler=self._handler, **spec)

    def _look(self) -> None:
        try:
            known = self._plugin.offers(plugin=self._plugin.info["plugin"]["name"])
            if not self._over and all(offer["name"] != self._spec["name"] for offer in known):
                self._own.dispose()
                self._own = self._offer(self._spec)
        except PluginError as error:
            self._error = error
            raise
        finally:
            self._looked.set()
