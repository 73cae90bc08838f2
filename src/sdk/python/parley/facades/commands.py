"""Offers that a person finds in the palette and other plugins run by name."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional

from .declared import DeclaredOffer
from .handle import declare

Params = Dict[str, Any]


class CommandCaller:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def execute(self, command: str, args: Optional[Params] = None, **options: Any) -> Any:
        """Runs ``"plugin:command"`` (also ``"plugin/command"``) and answers its result. The options are those of ``call``."""
        return self._verbs.call(command, args, **options)

    def list(self) -> List[Params]:
        """The commands that are there, of all plugins."""
        return self._verbs.offers(facet="palette")


class Commands(CommandCaller):
    def register(self, name: str, handler: Optional[Callable[..., Any]] = None, **spec: Any) -> Any:
        """Offers a command: ``@plugin.commands.register("greet")`` over ``def greet(args, call)``.

        The rest are fields of an offer: ``title``, ``description``, ``input``, ``action`` … Without a description it is the command
        that the manifest declares under that name, or else one of that name.
        """
        whole = {**spec, "name": name, "facets": {"palette": True, **spec.get("facets", {})}}
        return declare(lambda run: DeclaredOffer(self._verbs, whole, run), handler)
