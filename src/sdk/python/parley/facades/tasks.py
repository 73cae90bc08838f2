"""Background work: each task is a call to an offer of the plugin's own, so that a person sees it run and can stop it.

It has no deadline, ends with the process, and is never begun again: its row stays, ``interrupted`` or ``failed`` by then.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any, Callable, Dict, List, Optional

from ..errors import PluginError
from ..handlers import run as run_handler
from ..offers import Call
from .outcome import Outcome
from .task_list import TaskList
from .unbegun import look_after

Params = Dict[str, Any]


class Task:
    """Work in the background that this process began. ``id`` is that of its call: what ``tasks.get`` answers to."""

    def __init__(self, id: str, outcome: Outcome, cancel: Callable[[], None]) -> None:
        self.id = id
        self._outcome = outcome
        self._cancel = cancel

    def result(self, timeout: Optional[float] = None) -> Any:
        """Waits for what the work answers; raises what it raises, ``cancelled`` as soon as it is cancelled, and the reason where it
        never begins, ``blocked`` by an intercept for one. After ``timeout`` seconds it raises ``timeout``, and the work goes on.
        """
        return self._outcome.wait(timeout)

    def cancel(self) -> None:
        """Asks it to stop; ``result`` raises ``cancelled`` at once."""
        self._cancel()


class Tasks:
    def __init__(self, plugin: Any) -> None:
        self._plugin = plugin
        self._count = itertools.count(1)
        self._begun = TaskList(plugin)

    def start(self, title: str, run: Callable[[Call], Any]) -> Task:
        """``run`` gets the task as a call: ``task.progress(percentage=…)``, ``task.cancelled``, ``task.partial``, and the verbs
        bound to it. Raises ``overloaded`` where too many run already."""
        plugin, own = self._plugin, self._plugin.info["plugin"]["name"]
        name = f"task-{plugin.info['epoch']}-{next(self._count)}"
        outcome, begun = Outcome(), threading.Event()

        def cancelled() -> None:
            outcome.settle(PluginError("cancelled", f'The task "{title}" was cancelled.'))

        def handler(args: Params, task: Call) -> Any:
            if task.caller != f"plugin:{own}":
                raise PluginError("denied", "A task is begun by its own plugin only.")
            begun.set()
            task.cancelled.on_set(cancelled)
            try:
                result = run_handler(run, task)
                outcome.settle(None, result)
                return result
            except Exception as error:
                outcome.settle(error)
                raise
            finally:
                offer.dispose()

        offer = plugin.offer(name, handler, title=title[:100], description=title[:4_000])
        try:
            offer.wait()
            call_id: str = plugin.call({"plugin": own, "name": name}, {}, detach=True)["callId"]
        except PluginError:
            offer.dispose()
            raise
        def refused(error: PluginError) -> None:
            outcome.settle(error)
            offer.dispose()

        look_after(plugin.calls, call_id, begun, refused)
        self._begun.keep(call_id, title)

        def cancel() -> None:
            plugin.calls.cancel(call_id)
            cancelled()

        return Task(call_id, outcome, cancel)

    def get(self, id: str) -> Params:
        """Where a task stands; also one of an earlier process."""
        return self._plugin.calls.get(id)

    def cancel(self, id: str) -> str:
        """Asks it to stop: ``cancelling``, or ``ended`` where it is not in progress."""
        return self._plugin.calls.cancel(id)

    def list(self) -> List[Params]:
        """The latest hundred with their ``title``, also those of earlier processes; the oldest first."""
        rows: List[Params] = []
        for kept in self._begun.all():
            try:
                rows.append({**self._plugin.calls.get(kept["id"]), "title": kept["title"]})
            except PluginError as error:
                if error.kind != "notFound":
                    raise
        return rows
