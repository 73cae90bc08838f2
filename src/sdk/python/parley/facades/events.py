"""Events by topic: ``publish`` by its familiar name. ``plugin:activated`` is another way to write ``plugin.activated``."""

from __future__ import annotations

import threading
from typing import Any, Callable, List, Optional

from ..registrar import Registration
from ..subscriptions import Event
from ..target import parse_topic
from .handle import declare


class EventSender:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def emit(self, topic: str, data: Any = None, **options: Any) -> str:
        """Tells all who listen, and answers the event's id; it does not wait for them. The options are those of ``publish``."""
        return self._verbs.publish(parse_topic(topic), data, **options)


class Events(EventSender):
    def on(self, topic: str, handler: Optional[Callable[[Event], Any]] = None, **options: Any) -> Any:
        """Hears events: ``@plugin.events.on("data.changed")`` over ``def handler(event)``; ``*`` is one token, ``>`` the rest.

        A handler that fails is logged and hurts nobody. With ``handler`` it answers a handle with ``dispose`` and ``off``.
        """
        return self._verbs.subscribe(topic, handler, **options)

    def once(self, topic: str, handler: Optional[Callable[[Event], Any]] = None, **options: Any) -> Any:
        """Hears the next one only."""

        def add(run: Callable[[Event], Any]) -> Registration:
            known = threading.Event()
            handles: List[Registration] = []

            def first(event: Event) -> Any:
                known.wait()
                handles[0].dispose()
                return run(event)

            handles.append(self._verbs.subscribe(topic, first, **options))
            known.set()
            return handles[0]

        return declare(add, handler)
