"""What the agent, the plugins and the host do."""

from __future__ import annotations

from typing import Any, Callable, Dict, Optional, Sequence

from ..subscriptions import Event
from .handle import Handles, declare

ALL_TOPICS = (
    *("agent.>", "call.>", "compaction.>", "context.>", "diff.>", "model.>"),
    *("permission.>", "plugin.>", "thought.>", "todo.>", "tool.>"),
)


class ActivityTeller:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def show(self, text: str, data: Optional[Dict[str, Any]] = None) -> str:
        """Shows a line in the activity section, and publishes it as ``activity`` with the data. Wants ``publish`` on
        ``activity``."""
        return self._verbs.publish("activity", {**(data or {}), "message": text}, show=True)


class Activity(ActivityTeller):
    def on(self, handler: Optional[Callable[[Event], Any]] = None, topics: Sequence[str] = ALL_TOPICS) -> Any:
        """Hears what happens, or only these topics of it. What the plugin may not hear is left out, and its log says so."""
        return declare(lambda run: Handles([self._verbs.subscribe(topic, run) for topic in topics]), handler)
