"""The conversation that the person sees."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ..subscriptions import Event


class Conversation:
    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self.add_message = plugin.add_message
        self.context = plugin.get_context

    def on_message(self, handler: Optional[Callable[[Event], Any]] = None) -> Any:
        """Hears of each message that was added, by whomever: ``{messageId, role, content?, words}``. Also a decorator.

        Wants ``subscribe`` on ``message.added``.
        """
        return self._plugin.subscribe("message.added", handler)
