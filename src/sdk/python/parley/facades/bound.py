"""The façades that send: bound to a call, what they send belongs to it, ends with it and shares its deadline."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..actions import Editor, Terminal, Ui
from ..agent import Agent
from ..messaging import MessageSender
from ..model import Model
from .activity import ActivityTeller
from .broker import Broker
from .commands import CommandCaller
from .events import EventSender
from .providers import ProviderCaller
from .storage import Storage


class Actions:
    """What the host does in the window, and its agent."""

    def __init__(self, verbs: Any) -> None:
        self.ui: Ui = verbs.ui
        self.editor: Editor = verbs.editor
        self.terminal: Terminal = verbs.terminal
        self.agent: Agent = verbs.agent


class CallFacades:
    """Made when they are first asked for, because most handlers need none."""

    @cached_property
    def events(self) -> EventSender:
        """Tells others: ``events.emit``."""
        return EventSender(self)

    @cached_property
    def commands(self) -> CommandCaller:
        """Commands of others: ``execute`` and ``list``."""
        return CommandCaller(self)

    @cached_property
    def messaging(self) -> MessageSender:
        """Messages to one plugin: ``send_to``."""
        return MessageSender(self)

    @cached_property
    def storage(self: Any) -> Storage:
        """Values that the host keeps, in this call's conversation too."""
        return Storage(self._ask)

    @cached_property
    def providers(self) -> ProviderCaller:
        """Capabilities of whoever provides them: ``call`` and ``list``."""
        return ProviderCaller(self)

    @cached_property
    def broker(self) -> Broker:
        """Calls in the form target, method, action, request."""
        return Broker(self)

    @cached_property
    def activity(self) -> ActivityTeller:
        """A line in the activity section: ``show``."""
        return ActivityTeller(self)

    @cached_property
    def actions(self) -> Actions:
        """The window and the agent: ``ui``, ``editor``, ``terminal``, ``agent``."""
        return Actions(self)

    @cached_property
    def models(self: Any) -> Model:
        """The model that the person chose: ``complete``, ``stream``, ``embed``."""
        return self.model

    # The verbs by the names that older plugins know them by; `add_message`, `emit_event` and `get_context` have them already.

    @property
    def CallPlugin(self: Any) -> Any:
        """``call_plugin`` by its older name."""
        return self.call_plugin

    @property
    def ListPlugins(self: Any) -> Any:
        """``list_plugins`` by its older name."""
        return self.list_plugins
