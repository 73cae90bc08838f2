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
        return Events(self)

    @cached_property
    def commands(self) -> Commands:
        return Commands(self)

    @cached_property
    def storage(self: Any) -> WatchedStorage:
        return WatchedStorage(self._ask, self._subscriptions.add)

    @cached_property
    def hooks(self) -> Hooks:
        return Hooks(self)

    @cached_property
    def messaging(self) -> Messaging:
        return Messaging(self)

    @cached_property
    def middleware(self) -> Middleware:
        return Middleware(self)

    @cached_property
    def providers(self) -> Providers:
        return Providers(self)

    @cached_property
    def conversation(self) -> Conversation:
        return Conversation(self)

    @cached_property
    def activity(self) -> Activity:
        return Activity(self)

    @cached_property
    def tasks(self) -> Tasks:
        return Tasks(self)

    @cached_property
    def logger(self: Any) -> ChildLogger:
        return ChildLogger(self.log)
