"""The plugin's settings, and what it says to a change of them."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .errors import PluginError
from .handlers import run
from .offers import Call, LocalOffers

Params = Dict[str, Any]
#: Looks at settings before they hold: ``handler(next, changed)``. Field errors, or a raised ``PluginError``, refuse them.
ConfigHandler = Callable[[Params, List[str]], Optional[Dict[str, str]]]

#: The offer that the host calls when the settings of a running plugin change.
CONFIG_APPLY = "config.apply"


class Config:
    """The settings, with the defaults of their schema filled in; empty before ``initialize``."""

    def __init__(self, offers: LocalOffers) -> None:
        self._offers = offers
        self._handlers: List[ConfigHandler] = []
        self._values: Params = {}
        self._begun = False

    def get(self, key: str, default: Any = None) -> Any:
        """One setting, or the default where there is none of that name."""
        return self._values.get(key, default)

    def all(self) -> Params:
        """A copy of all settings."""
        return dict(self._values)

    def on_change(self, handler: ConfigHandler) -> ConfigHandler:
        """Declares that the plugin takes new settings while it runs; also a decorator.

        Without any handler a change waits for the plugin's next start. It must be called before ``start``. The handler answers
        nothing, or what is wrong: ``{"city": "is not on the map"}``; then the old settings stay. ``get`` and ``all`` answer the
        new ones when every handler has agreed.
        """
        if not self._offers.has(CONFIG_APPLY):
            if self._begun:
                raise RuntimeError("Call config.on_change before start: the host has been told that there is none.")
            self._offers.add(CONFIG_APPLY, self._apply)
        self._handlers.append(handler)
        return handler

    def remove(self, handler: ConfigHandler) -> None:
        """The handler is not asked any more."""
        if handler in self._handlers:
            self._handlers.remove(handler)

    def begin(self, values: Params) -> None:
        """What the host said in ``initialize``."""
        self._begun = True
        self._values = dict(values)

    def _apply(self, args: Params, call: Call) -> Optional[Params]:
        if call.caller != "host":
            raise PluginError("denied", "Only the host changes the settings of a plugin.")
        settings, changed = args.get("config"), args.get("changed")
        if not isinstance(settings, dict) or not isinstance(changed, list):
            raise PluginError("invalidParams", "The arguments of config.apply do not fit.")
        errors: List[Params] = []
        for handler in list(self._handlers):
            for field, message in (run(handler, dict(settings), list(changed)) or {}).items():
                errors.append({"field": field, "message": str(message)[:500]})
        if errors:
            return {"errors": errors}
        self._values = dict(settings)
        return None
