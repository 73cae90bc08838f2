"""A plugin: what it offers, hears and guards, and the verbs to talk back with."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Callable, Dict, List, Optional

from .config import CONFIG_APPLY, Config
from .connection import Connection
from .errors import PluginError
from .facades.handle import declare
from .facades.own import Facades
from .handlers import run as run_handler
from .incoming import Incoming, Later
from .intercepts import LocalIntercepts
from .log import Log, Reporter
from .negotiation import check_agreed, common_version
from .offers import LocalOffers
from .points import check_point
from .registrar import Registrar
from .state import WatchedState
from .stdio import open_stdio
from .subscriptions import LocalSubscriptions
from .trace import Trace
from .verbs import Verbs

STOP_SECONDS = 1.0
STOP_AFTER_END_SECONDS = 0.5
#: What a process that Ctrl-C ended answers to its shell.
INTERRUPTED = 130

Params = Dict[str, Any]


class Plugin(Facades, Verbs):
    """What is declared before ``start`` travels in the answer to ``initialize``, the rest is registered when it is declared.

    Handlers run in threads of a pool, so they may wait; several may run at the same time. The façades are the verbs in the
    words that authors know: ``events``, ``commands``, ``storage``, ``tasks`` …
    """

    def __init__(self) -> None:
        super().__init__(self._when_ready)
        self._connection: Optional[Connection] = None
        self._ready = threading.Event()
        self._info: Optional[Params] = None
        self._on_ready: List[Callable[[], Any]] = []
        self._on_stop: List[Callable[[], Any]] = []
        self._stop_lock = threading.Lock()
        self._stopping: Optional[Later] = None
        #: The host has said shutdown.
        self._leaving = False
        self._reporter = Reporter(self._when_ready, _stray)
        fault = self._reporter.fault
        registrar = Registrar(self._when_ready, self._background, fault)
        self._registrar = registrar
        self._offers = LocalOffers(self._when_ready, registrar, fault)
        self._subscriptions = LocalSubscriptions(registrar, self._background, fault)
        self.state = WatchedState(self._ask, self._subscriptions.add)
        self._intercepts = LocalIntercepts(self._when_ready, registrar, fault)
        self._trace = Trace(self._reporter.log)
        self._host: Params = {}
        #: The plugin's settings: ``plugin.config.get("key")``, ``.all()``, ``.on_change(handler)``.
        self.config = Config(self._offers)
        #: Lines for the plugin's log: ``plugin.log.info("…", {"field": 1})``.
        self.log: Log = self._reporter.log

    # What the plugin declares

    def offer(self, name: str, handler: Optional[Callable[..., Any]] = None, **spec: Any) -> Any:
        """Offers something: ``@plugin.offer("name", description=…, input=…)`` over ``def handler(args, call)``.

        A name alone stands for an offer that the manifest declares. Other fields: ``title``, ``output``, ``action`` (``read``
        unless told), ``facets``, ``examples``, ``timeout``, ``streaming``. With ``handler`` it answers a ``Registration``.
        """
        whole = {"name": name, **spec} if spec else name
        return declare(lambda run: self._offers.add(whole, run), handler)

    def subscribe(self, topic: str, handler: Optional[Callable[..., Any]] = None, **options: Any) -> Any:
        """Hears events: ``@plugin.subscribe("tool.>")`` over ``def handler(event)``; ``*`` is one token, ``>`` the rest.

        Options: ``group``, ``when_slow``, ``conversation``, ``on_lost``. With ``handler`` it answers a ``Registration``.
        """
        return declare(lambda run: self._subscriptions.add(topic, run, **options), handler)

    def intercept(
        self,
        point: str,
        handler: Optional[Callable[..., Any]] = None,
        *,
        phase: str = "before",
        order: Optional[int] = None,
        on_failure: Optional[str] = None,
        match: Optional[str] = None,
    ) -> Any:
        """Is asked before or after something happens: ``@plugin.intercept("tool")`` over ``def handler(interception)``.

        The handler answers ``{"decision": "allow" | "ask" | "deny" | "answer", "reason"?, "updated"?, "answer"?, "context"?}``
        or nothing, which allows.
        """
        options = {"point": check_point(point), "phase": phase, "order": order, "onFailure": on_failure, "match": match}
        spec = {key: value for key, value in options.items() if value is not None}
        return declare(lambda run: self._intercepts.add(spec, run), handler)

    def on_ready(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """Runs when the host is ready for requests; at once if it is. Also a decorator."""
        if self._ready.is_set():
            self._background(self._guarded, "on_ready", run)
        else:
            self._on_ready.append(run)
        return run

    def on_stop(self, run: Callable[[], Any]) -> Callable[[], Any]:
        """Runs once when the plugin is asked to stop; the channel is still open if the host asked. At most one second."""
        self._on_stop.append(run)
        return run

    # What it says and knows

    def health(self, status: str, detail: Optional[str] = None) -> None:
        """Tells how the plugin is: ``up``, ``degraded``, ``down`` or ``busy``."""
        self._reporter.health(status, detail)

    def telemetry(self, **sample: float) -> None:
        """Tells figures about itself, which the person sees: ``cpu`` in percent of one core, ``mem_bytes``, others of its own."""
        self._reporter.telemetry(sample)

    @property
    def info(self) -> Params:
        """What the host said in ``initialize``. Raises ``RuntimeError`` before it has."""
        if self._info is None:
            raise RuntimeError("The host has not said initialize yet; read plugin.info in on_ready or later.")
        return self._info

    # Its life

    def start(self) -> None:
        """Connects to the host over stdin and stdout, serves it until it says exit or goes away, and ends the process."""
        if self._connection is not None:
            raise RuntimeError("The plugin was started already.")
        read, write = open_stdio()
        connection = self._connection = Connection(read, write, _stray)
        connection.immediate.update(
            {
                "initialize": self._initialize,
                "initialized": self._begin,
                "exit": lambda params, incoming: connection.close("The host said exit."),
                "deliver": self._in_order(self._trace.around(_delivery, self._subscriptions.deliver), "deliver"),
                "shutdown": self._shutdown,
                "$/setTrace": self._trace.set,
            }
        )
        call = self._trace.around(lambda params: f'The call of "{params.get("name")}"', self._offers.handle)
        intercept = self._in_order(self._intercepts.handle, "intercept")
        connection.handlers.update({"call": self._in_order(call, "call"), "intercept": intercept})
        interrupted = False
        try:
            connection.run()
        except KeyboardInterrupt:
            interrupted = True
            connection.close("The plugin was interrupted.")
        finished = threading.Event()
        self._stop().then(finished.set)
        finished.wait(STOP_AFTER_END_SECONDS)
        sys.stderr.flush()
        # Handlers may still run in threads; nobody wants their answers any more.
        os._exit(INTERRUPTED if interrupted else 1 if connection.broken else 0)

    def _initialize(self, params: Params, incoming: Incoming) -> Params:
        if self._info is not None:
            raise PluginError("invalidRequest", "The plugin was initialized already.")
        version = common_version(params["protocolVersion"])
        self._info = params
        self._host = params["capabilities"]
        self._trace.level = params.get("trace", "off")
        self.config.begin(params["config"])
        if self._connection is not None:
            self._connection.agree(params)
        names = ("progress", "detachedCalls", "streaming", "references", "intercepts", "state", "conversation")
        return {
            "protocolVersion": version,
            "plugin": {"name": params["plugin"]["name"], "version": params["plugin"]["version"]},
            "capabilities": {**{name: True for name in names}, "configApply": self._offers.has(CONFIG_APPLY)},
            **self._registrar.initial(),
        }

    def _in_order(self, handle: Callable[..., Any], method: str) -> Callable[..., Any]:
        """Refuses what comes before ``initialize``, and calls that come after ``shutdown``."""

        def handle_in_order(params: Params, incoming: Incoming) -> Any:
            if self._info is None:
                raise PluginError("invalidRequest", f'"{method}" came before "initialize".')
            if self._leaving and method == "call":
                raise PluginError("unavailable", "The plugin is stopping and begins nothing new.")
            return handle(params, incoming)

        return handle_in_order

    def _begin(self, params: Params, incoming: Incoming) -> None:
        if self._ready.is_set() or self._info is None:
            return
        self._ready.set()
        self._reporter.start()
        for run in self._on_ready:
            self._background(self._guarded, "on_ready", run)

    def _shutdown(self, params: Params, incoming: Incoming) -> Later:
        self._leaving = True
        answer = Later()
        self._stop().then(answer.settle)
        timer = threading.Timer(STOP_SECONDS, answer.settle)
        timer.daemon = True
        timer.start()
        return answer

    def _stop(self) -> Later:
        """Runs the stop handlers once, at the same time; later callers get the same end."""
        with self._stop_lock:
            if self._stopping is not None:
                return self._stopping
            self._stopping = stopping = Later()

        def run_all() -> None:
            own = [
                threading.Thread(target=self._guarded, args=("on_stop", run), name="parley-stop", daemon=True)
                for run in self._on_stop
            ]
            for one in own:
                one.start()
            for one in own:
                one.join()
            self._reporter.flush()
            stopping.settle()

        threading.Thread(target=run_all, name="parley-stop", daemon=True).start()
        return stopping

    def _when_ready(self, method: str, params: Params, **options: Any) -> Any:
        if self._connection is None:
            what = "The plugin is not started yet: use the verbs in on_ready or in a handler."
            raise PluginError("unavailable", what, "Call plugin.start() first.")
        while not self._ready.wait(0.1):
            if self._connection.close_message is not None:
                raise PluginError("unavailable", self._connection.close_message, details={"reason": "channelClosed"})
        check_agreed(method, params, self._host)
        return self._connection.request(method, params, **options)

    def _background(self, run: Callable[..., Any], *args: Any) -> None:
        if self._connection is not None:
            self._connection.pool.submit(run, *args)

    def _guarded(self, what: str, run: Callable[[], Any]) -> None:
        try:
            run_handler(run)
        except Exception as error:
            self._reporter.fault(f"The plugin's {what} handler failed", error)


def _delivery(params: Params) -> str:
    return f"The delivery of {len(params['events'])} events"


def _stray(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
