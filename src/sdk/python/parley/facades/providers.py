"""Capabilities: several plugins may provide the same; a person or the load decides which is called."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Union

from .declared import DeclaredOffer
from .handle import Handles, declare

Params = Dict[str, Any]
Handler = Callable[..., Any]


class ProviderCaller:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def call(
        self, capability: str, method: Union[str, Params, None] = None, args: Optional[Params] = None, **options: Any
    ) -> Any:
        """Calls a method of a capability, or a capability that is one thing alone: ``call("users", "get", {…})``,
        ``call("llm.chat", {…})``. The options are those of ``call`` of the plugin."""
        if isinstance(method, str):
            return self._verbs.call({"provides": f"{capability}.{method}"}, args, **options)
        return self._verbs.call({"provides": capability}, method, **options)

    def list(self, capability: Optional[str] = None) -> List[Params]:
        """Who provides a capability or a method of it, method by method: of each first who would be called first. All providers in
        no such order where none is named."""
        known = self._verbs.offers(facet="provides")
        if capability is None:
            return known
        provided = dict.fromkeys((offer.get("facets") or {}).get("provides", "") for offer in known)
        fitting = [name for name in provided if name == capability or name.startswith(f"{capability}.")]
        # Only where one capability is asked for does the host list in the order of calling.
        return [offer for name in fitting for offer in self._verbs.offers(provides=name)]


class Providers(ProviderCaller):
    def register(self, capability: str, handler: Union[Handler, Mapping[str, Handler], None] = None, **spec: Any) -> Any:
        """Provides a capability: with a handler, or one for each method. The method ``get`` of ``users`` is the capability
        ``users.get``. Also a decorator."""

        def provide(name: str, run: Handler) -> DeclaredOffer:
            facets = {**spec.get("facets", {}), "provides": name}
            return DeclaredOffer(self._verbs, {**spec, "name": name, "facets": facets}, run)

        if isinstance(handler, Mapping):
            return Handles([provide(f"{capability}.{method}", run) for method, run in handler.items()])
        return declare(lambda run: provide(capability, run), handler)
