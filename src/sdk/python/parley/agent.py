"""The agent: have it work, and end what it was given."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional

from .actions import PATIENT

Params = Dict[str, Any]


class Agent:
    """Each needs the right to act; the person may be asked, which takes its time."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def run(self, text: str, *, conversation: Optional[str] = None) -> Params:
        """Starts a turn with a text, as a message of the plugin's; while a turn runs it waits for its end.

        Answers ``{messageId, state}``, where the state is ``started`` or ``queued``.
        """
        return self._ask("agent/run", {"text": text, "conversation": conversation}, timeout_ms=PATIENT)

    def stop(self, *, conversation: Optional[str] = None, any: Optional[bool] = None) -> bool:
        """Ends the turn that the plugin started, with ``any`` also one that it did not; answers whether one ran."""
        return self._ask("agent/stop", {"conversation": conversation, "any": any}, timeout_ms=PATIENT)["stopped"]
