"""Where in a trace the code that runs now stands."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Dict, Iterator, Optional

Params = Dict[str, Any]
_NAMES = ("traceparent", "tracestate")
_TRACE: ContextVar[Params] = ContextVar("parley_trace", default={})


@contextmanager
def hearing(meta: Params, hops: Optional[int]) -> Iterator[None]:
    """Runs the handler of an event: in its trace, and what it publishes says how many events led to it."""
    trace = {name: meta[name] for name in _NAMES if name in meta}
    token = _TRACE.set({**trace, "hops": (hops or 0) + 1})
    try:
        yield
    finally:
        _TRACE.reset(token)


@contextmanager
def within(meta: Params) -> Iterator[None]:
    """Runs a handler in the trace that its message names, with the number of events that led there, if it names any.

    Threads that the handler starts itself do not inherit it: run them in ``contextvars.copy_context()``.
    """
    if "traceparent" not in meta and "hops" not in meta:
        yield
        return
    token = _TRACE.set({name: meta[name] for name in (*_NAMES, "hops") if name in meta})
    try:
        yield
    finally:
        _TRACE.reset(token)


def current() -> Params:
    """What verbs send that are bound to no call: the trace, the number of events that led there and nothing else, so that what they do stays the plugin's own."""
    return dict(_TRACE.get())
