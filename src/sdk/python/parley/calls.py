"""Calls by the id that a detached call is answered with."""

from __future__ import annotations

from typing import Any, Callable, Dict


class Calls:
    """Calls that the plugin made, or that were made to it; of a call of others each raises ``notFound``."""

    def __init__(self, ask: Callable[..., Any], whole: Callable[[Any], Any]) -> None:
        self._ask = ask
        self._whole = whole

    def get(self, call_id: str) -> Dict[str, Any]:
        """Where it stands, also after a reload of the window: its ``status`` is ``interrupted`` where that ended it."""
        row = self._ask("calls/get", {"callId": call_id})
        return {**row, "result": self._whole(row["result"])} if "result" in row else row

    def cancel(self, call_id: str) -> str:
        """Asks it to stop: ``cancelling``, or ``ended`` where it is not in progress."""
        return self._ask("calls/cancel", {"callId": call_id})["state"]
