"""Calls in the broker's form: target, method, action, request."""

from __future__ import annotations

from typing import Any, Dict, List, Optional


class Broker:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def call(
        self,
        target: str,
        method: str,
        action: Optional[str] = None,
        request: Optional[Dict[str, Any]] = None,
        **options: Any,
    ) -> Any:
        """The request becomes the arguments, as ``{metadata?, parameters?, body?}``. Another action than the offer's own is
        refused. The options are those of ``call``."""
        return self._verbs.call_plugin(target, method, action, request, **options)

    def list(self) -> List[str]:
        """Names of the plugins that have something to call."""
        return self._verbs.list_plugins()
