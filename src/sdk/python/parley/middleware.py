"""Middleware: ``next()`` exists here only; before and after are two intercepts, which belong together by their invocation."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any, Callable, Dict, Optional, Tuple

from .errors import PluginError
from .facades.handle import Handles, declare
from .handlers import run
from .intercepts import Interception
from .points import check_point, parse_point

Params = Dict[str, Any]
#: So many of one middleware may wait at a time; of more the oldest is given up.
MOST_WAITING = 1_000


class Middleware:
    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin

    def use(self, point: str, handler: Optional[Callable[..., Any]] = None, **options: Any) -> Any:
        """Stands around a point: ``@plugin.middleware.use("tool")`` over ``def handler(interception, next_)``.

        It runs before up to ``next_()`` and after from there. ``next_(updated)`` changes fields of the subject and answers what came
        of it: its ``result``, or a turn's ``outcome``; it raises ``PluginError`` where that failed. What the handler returns after
        ``next_`` takes the place of the result; nothing leaves it. Without ``next_`` nothing happens: what it returns is the answer,
        and where it returns nothing it is denied. Options: ``order`` (outermost the lowest), ``on_failure``, ``match``.
        """

        name = parse_point({"point": check_point(point)})["point"]

        def add(handle: Callable[..., Any]) -> Handles:
            runs: "OrderedDict[Tuple[str, str], _Run]" = OrderedDict()
            lock = threading.Lock()

            def begin(interception: Interception) -> Optional[Params]:
                return _Run(handle, interception).begin(runs, lock)

            def finish(interception: Interception) -> Optional[Params]:
                with lock:
                    own = runs.pop((interception.invocation, interception.point), None)
                return None if own is None else own.finish(interception.subject)

            before = self._plugin.intercept(name, begin, phase="before", **options)
            return Handles([before, self._plugin.intercept(name, finish, phase="after", **options)])

        return declare(add, handler)


class _Run:
    """One time that the handler runs, in a thread of its own, because it waits inside ``next_``."""

    def __init__(self, handler: Callable[..., Any], interception: Interception) -> None:
        self._handler, self._interception = handler, interception
        #: Set when the handler called ``next_``, or ended.
        self._decided = threading.Event()
        self._went = False
        self._updated: Optional[Params] = None
        self._after: Optional[Params] = None
        self._told = threading.Event()
        self._ended = threading.Event()
        self._result: Any = None
        self._error: Optional[BaseException] = None

    def begin(self, runs: "OrderedDict[Tuple[str, str], _Run]", lock: threading.Lock) -> Optional[Params]:
        """Runs the handler up to ``next_``, or to its end where it does not call it."""
        cancelled = self._interception.cancelled
        cancelled.on_set(self._decided.set)
        key = (self._interception.invocation, self._interception.point)
        with lock:
            runs[key] = self
            oldest = runs.popitem(last=False)[1] if len(runs) > MOST_WAITING else None
        if oldest is not None:
            oldest.give_up("It was never told how this ended; too many others wait.")
        threading.Thread(target=self._run, name="parley-middleware", daemon=True).start()
        self._decided.wait()
        if self._went:
            return {"decision": "allow", **({"updated": self._updated} if self._updated else {})}
        with lock:
            runs.pop(key, None)
        if self._error is not None:
            raise self._error
        if cancelled.is_set():
            return None
        if self._result is not None:
            return {"decision": "answer", "answer": self._result}
        return {"decision": "deny", "reason": "The middleware ended without calling `next` and without an answer."}

    def finish(self, subject: Params) -> Optional[Params]:
        """Goes on after ``next_``, and waits for the end of the handler."""
        self._after = subject
        self._told.set()
        self._ended.wait()
        if "error" in subject:
            return None
        if isinstance(self._error, PluginError):
            return {"decision": "deny", "reason": self._error.message}
        if self._error is not None:
            raise self._error
        return None if self._result is None else {"decision": "allow", "updated": {"result": self._result}}

    def give_up(self, why: str) -> None:
        self._after = {"error": why}
        self._told.set()

    def _next(self, updated: Optional[Params] = None) -> Any:
        if self._went:
            raise PluginError("conflict", "`next` was called already; it can be called once.")
        if self._interception.cancelled.is_set():
            raise PluginError("timeout", "`next` was called too late: the host went on without.")
        self._went, self._updated = True, updated
        self._decided.set()
        self._told.wait()
        after = self._after or {}
        if isinstance(after.get("error"), str):
            raise PluginError("unavailable", after["error"])
        return after.get("result", after.get("outcome"))

    def _run(self) -> None:
        try:
            self._result = run(self._handler, self._interception, self._next)
        except Exception as error:
            self._error = error
        finally:
            self._ended.set()
            self._decided.set()
