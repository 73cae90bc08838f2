"""All façades of a plugin; these also declare and listen."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..messaging import Messaging
from ..middleware import Middleware
from .activity import Activity
from .bound import CallFacades
from .commands import Commands
from .conversation import Conversation
from .events import Events
from .hooks import Hooks
from .logger import ChildLogger
from .providers import Providers
from .storage import WatchedStorage
from .tasks import Tasks


class Facades(CallFacades):
    """The same words as inside a call, and more of them."""

    @cached_property
    def events(self) -> Events:
        """``on``, ``once`` and ``emit``."""
        return Events(self)

    @cached_property
    def commands(self) -> Commands:
        """``register``, ``execute`` and ``list``."""
        return Commands(self)

    @cached_property
    def storage(self: Any) -> WatchedStorage:
        """``get``, ``set``, ``delete``, ``list``, ``watch``, ``update``, and other scopes."""
        return WatchedStorage(self._ask, self._subscriptions.add)

    @cached_property
    def hooks(self) -> Hooks:
        """``register``, ``declare`` and ``run``."""
        return Hooks(self)

    @cached_property
    def messaging(self) -> Messaging:
        """``send_to``, ``request`` and ``on``."""
        return Messaging(self)

    @cached_property
    def middleware(self) -> Middleware:
        """``use``: one function around a point."""
        return Middleware(self)

    @cached_property
    def providers(self) -> Providers:
        """``register``, ``call`` and ``list``."""
        return Providers(self)

    @cached_property
    def conversation(self) -> Conversation:
        """``add_message``, ``context`` and ``on_message``."""
        return Conversation(self)

    @cached_property
    def activity(self) -> Activity:
        """``on`` and ``show``."""
        return Activity(self)

    @cached_property
    def tasks(self) -> Tasks:
        """``start``, ``get``, ``cancel`` and ``list``."""
        return Tasks(self)

    @cached_property
    def logger(self: Any) -> ChildLogger:
        """Lines for the plugin's log, and ``child`` for fields that stand in each."""
        return ChildLogger(self.log)
