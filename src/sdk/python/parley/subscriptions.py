"""The plugin's subscriptions."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, Deque, Dict, Optional, Tuple, Union

from .errors import PluginError
from .incoming import Incoming, Later
from .inside import within
from .registrar import Registrar, Registration
from .target import parse_topic

Params = Dict[str, Any]
QUEUE_COUNT = 1_000


@dataclass(frozen=True)
class Event:
    """One event. ``source`` is the publisher's plugin name, or ``host``; ``timestamp`` in ms since the epoch."""

    type: str
    source: str
    timestamp: float
    seq: int
    data: Any = None
    conversation: Optional[str] = None


class _Subscription:
    def __init__(self, topic: str, handler: Callable[[Event], Any], on_lost: Optional[Callable[[Params], Any]]) -> None:
        self.topic, self.handler, self.on_lost = topic, handler, on_lost
        #: Events with the ``_meta`` of their delivery, and answers that wait for those before them.
        self.waiting: Deque[Union[Tuple[Event, Params], Later]] = deque()
        self.running = False
        #: Nothing is handled any more, also not what has arrived already.
        self.over = False


class LocalSubscriptions:
    """Subscriptions by handle. The events of one subscription are handled in order, one after another; different
    subscriptions do not wait for each other, and a handler that fails hurts no other."""

    def __init__(self, registrar: Registrar, background: Callable[..., Any], on_fault: Callable[[str, BaseException], None]):
        self._registrar, self._background, self._on_fault = registrar, background, on_fault
        self._by_handle: Dict[str, _Subscription] = {}
        self._lock = threading.Lock()

    def add(
        self,
        topic: str,
        handler: Callable[[Event], Any],
        group: Optional[str] = None,
        when_slow: Optional[str] = None,
        conversation: Optional[str] = None,
        on_lost: Optional[Callable[[Params], Any]] = None,
    ) -> Registration:
        own = _Subscription(parse_topic(topic), handler, on_lost)
        options = {"topic": own.topic, "group": group, "whenSlow": when_slow, "conversation": conversation}
        spec = {key: value for key, value in options.items() if value is not None}
        # What the host sent before it heard of the end still comes under the handle, and is passed over.
        registration = self._registrar.add(
            {"subscription": spec},
            lambda handle: self._by_handle.__setitem__(handle, own),
            lambda handle: self._gone(handle),
        )
        dispose = registration.dispose

        def remove() -> None:
            own.over = True
            dispose()

        registration.dispose = remove  # type: ignore[method-assign]
        return registration

    def deliver(self, params: Params, incoming: Incoming) -> Later:
        """Queues the events; the answer, which acknowledges them, comes when their handler has seen all of them."""
        own = self._by_handle.get(params["subscription"])
        if own is None:
            raise PluginError("notFound", f'The plugin has no subscription "{params["subscription"]}".')
        later = Later()
        lost = params.get("lost")
        with self._lock:
            for event in params["events"]:
                known = {key: event.get(key) for key in ("type", "source", "timestamp", "seq", "data", "conversation")}
                if len(own.waiting) < QUEUE_COUNT:
                    own.waiting.append((Event(**known), incoming.meta))
                else:
                    lost = {"from": event["seq"], "to": event["seq"], "count": (lost or {}).get("count", 0) + 1}
            own.waiting.append(later)
            start, own.running = not own.running, True
        if lost is not None and own.on_lost is not None:
            self._background(self._handle, own, own.on_lost, lost)
        if start:
            self._background(self._drain, own)
        return later

    def _gone(self, handle: str) -> None:
        self._by_handle.pop(handle, None)

    def _drain(self, own: _Subscription) -> None:
        while True:
            with self._lock:
                if not own.waiting:
                    own.running = False
                    return
                item = own.waiting.popleft()
            if isinstance(item, Later):
                item.settle()
            elif not own.over:
                event, meta = item
                with within(meta):
                    self._handle(own, own.handler, event)

    def _handle(self, own: _Subscription, handler: Callable[[Any], Any], item: Any) -> None:
        try:
            handler(item)
        except Exception as error:
            self._on_fault(f'The handler of "{own.topic}" failed', error)
