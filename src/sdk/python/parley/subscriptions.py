"""The plugin's subscriptions."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any, Callable, Deque, Dict, List, Optional, Tuple, Union

from .errors import PluginError
from .handlers import run
from .incoming import Incoming, Later
from .inside import hearing
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
    #: How many events led to it, each published by the handler of the one before.
    hops: Optional[int] = None


_FIELDS = ("type", "source", "timestamp", "seq", "data", "conversation", "hops")


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
        #: What came under a handle before the answer that names it.
        self._early: Dict[str, List[Tuple[Params, Incoming, Later]]] = {}
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
            lambda handle: self._known(handle, own),
            lambda handle: self._gone(handle),
        )
        return registration.released(lambda: setattr(own, "over", True))

    def deliver(self, params: Params, incoming: Incoming) -> Later:
        """Queues the events; the answer, which acknowledges them, comes when their handler has seen all of them."""
        handle, later = params["subscription"], Later()
        with self._lock:
            own = self._by_handle.get(handle)
            if own is None and self._registrar.pending > 0:
                self._early.setdefault(handle, []).append((params, incoming, later))
                return later
        if own is None:
            raise PluginError("notFound", f'The plugin has no subscription "{handle}".')
        self._take(own, params, incoming, later)
        return later

    def _known(self, handle: str, own: _Subscription) -> None:
        with self._lock:
            self._by_handle[handle] = own
            early = self._early.pop(handle, [])
        for params, incoming, later in early:
            self._take(own, params, incoming, later)

    def _take(self, own: _Subscription, params: Params, incoming: Incoming, later: Later) -> None:
        lost = params.get("lost")
        with self._lock:
            for event in params["events"]:
                known = {key: event.get(key) for key in _FIELDS}
                if len(own.waiting) < QUEUE_COUNT:
                    own.waiting.append((Event(**known), incoming.meta))
                else:
                    before = lost or {"from": event["seq"], "count": 0}
                    lost = {"from": before["from"], "to": event["seq"], "count": before["count"] + 1}
            own.waiting.append(later)
            start, own.running = not own.running, True
        if lost is not None and own.on_lost is not None:
            self._background(self._handle, own, own.on_lost, lost)
        if start:
            self._background(self._drain, own)

    def _gone(self, handle: str) -> None:
        self._by_handle.pop(handle, None)
        with self._lock:
            early = self._early.pop(handle, [])
        for _, _, later in early:
            later.settle()

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
                with hearing(meta, event.hops):
                    self._handle(own, own.handler, event)

    def _handle(self, own: _Subscription, handler: Callable[[Any], Any], item: Any) -> None:
        try:
            run(handler, item)
        except Exception as error:
            self._on_fault(f'The handler of "{own.topic}" failed', error)
