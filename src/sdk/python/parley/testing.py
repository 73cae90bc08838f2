"""A small host for tests, with the plugin as the real process that it will be: ``from parley.testing import TestHost``."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple

from .cancel import CancelToken
from .connection import Connection
from .errors import PluginError
from .launch import command, environment, initialize_params

Params = Dict[str, Any]


class TestHost:
    """Starts the plugin in ``folder`` as its ``plugin.json`` says; use it in a ``with`` statement.

    Rights are not asked for and arguments are not checked against the offer's schema: what is tested is the plugin's own code
    and what it says on the channel. ``config`` are its settings, beside the defaults of their schema. ``said`` and ``published``
    hold its messages and events in order, ``state`` its values by ``scope/key``. What it logs and prints is written to stderr.
    """

    __test__ = False

    def __init__(self, folder: str, config: Optional[Params] = None, node: str = "node") -> None:
        self.said: List[Params] = []
        self.published: List[Params] = []
        self.state: Dict[str, Params] = {}
        self._folder, self._config, self._node = Path(folder).resolve(), config or {}, node
        self._registered: Dict[str, Params] = {}
        self._answers: Dict[str, Callable[[Params], Any]] = self._services()
        self._count = itertools.count(1)
        self._scratch = tempfile.TemporaryDirectory(prefix="parley-test-")
        self._manifest: Params = {}
        self._calls: Dict[str, Tuple[Params, CancelToken]] = {}

    def __enter__(self) -> "TestHost":
        manifest = self._manifest = json.loads((self._folder / "plugin.json").read_text(encoding="utf-8"))
        try:
            self._process = process = subprocess.Popen(
                command(self._folder, manifest, self._scratch.name, self._node),
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment(self._folder, manifest, self._scratch.name),
            )
        except OSError as error:
            self._scratch.cleanup()
            todo = "Correct `run` in its plugin.json, or install what it names."
            raise PluginError("unavailable", f"{manifest['name']} cannot be started: {error}.", todo) from error
        assert process.stdin and process.stdout

        def write(data: bytes) -> None:
            process.stdin.write(data)
            process.stdin.flush()

        self._connection = connection = Connection(lambda: process.stdout.read1(65_536), write, lambda text: None)
        for method in _METHODS:
            connection.handlers[method] = self._handler(method)
        threading.Thread(target=connection.run, daemon=True).start()
        try:
            self._begin(connection.request("initialize", initialize_params(self._folder, manifest, self._scratch.name, self._config)))
            connection.notify("initialized", {})
        except BaseException:
            process.kill()
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: Any) -> None:
        try:
            self._connection.request("shutdown", {}, timeout_ms=1_500)
        except PluginError:
            pass
        self._connection.notify("exit", {})
        for stream in (self._process.stdin,):
            try:
                stream.close()
            except OSError:
                pass
        try:
            self._process.wait(2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._connection.close("The test has ended.")
        self._process.stdout.close()
        self._scratch.cleanup()

    def call(self, offer: str, args: Optional[Params] = None, *, caller: str = "person") -> Any:
        """Calls one of its offers. Raises ``PluginError`` where the plugin refuses or fails.

        ``caller`` is whom the plugin sees as its caller: ``person``, ``agent`` or ``plugin:<name>``.
        """
        return self._connection.request(
            "call", {"to": {"plugin": "test"}, "name": offer, "args": args or {}, "_meta": self._meta(caller)}
        )

    def emit(self, topic: str, data: Any = None, source: str = "host") -> int:
        """Delivers an event to each of its subscriptions that fits, and answers to how many."""
        fitting = [
            (handle, it["subscription"])
            for handle, it in self._registered.items()
            if "subscription" in it and _fits(it["subscription"]["topic"], topic)
        ]
        event = {"seq": next(self._count), "type": topic, "source": source, "timestamp": time.time() * 1000, "data": data}
        for handle, subscription in fitting:
            params = {"subscription": handle, "events": [{**event, "conversation": "test"}]}
            if subscription.get("whenSlow") == "ack":
                self._connection.request("deliver", params)
            else:
                self._connection.notify("deliver", params)
        self._connection.request("$/ping", {})
        return len(fitting)

    def intercept(
        self, point: str, subject: Params, phase: str = "before", *, invocation: Optional[str] = None
    ) -> List[Params]:
        """Asks its intercepts at this point, in order, and answers what each said.

        The same ``invocation`` before and after are two ends of one thing, as middleware needs it; a new one unless told.
        """
        found: List[Tuple[int, str]] = [
            (it["intercept"].get("order", 0), handle)
            for handle, it in self._registered.items()
            if "intercept" in it and (it["intercept"]["point"], it["intercept"].get("phase", "before")) == (point, phase)
        ]
        found.sort(key=lambda pair: pair[0], reverse=phase == "after")
        params = {"point": point, "phase": phase, "invocation": invocation or f"test-{next(self._count)}", "subject": subject}
        return [
            self._connection.request("intercept", {**params, "handle": handle, "_meta": self._meta()}) for _, handle in found
        ]

    def answer(self, method: str, handler: Callable[[Params], Any]) -> None:
        """Answers a request that this host does not know, as ``model/complete`` or a ``call`` to another plugin.

        Its calls to itself (background work, points of its own) are still answered by this host.
        """
        self._answers[method] = handler

    @property
    def offers(self) -> List[str]:
        """Names of the offers that it has registered or declared in code."""
        return [it["offer"]["name"] for it in self._registered.values() if "offer" in it]

    def _meta(self, caller: str = "person") -> Params:
        return {"callId": f"test-{next(self._count)}", "caller": caller, "conversation": "test"}

    def _handler(self, method: str) -> Callable[[Params, Any], Any]:
        def handle(params: Params, incoming: Any) -> Any:
            to_itself = method == "call" and self._is_own(params)
            answer = self._call_itself if to_itself else self._answers.get(method)
            if answer is None:
                todo = f'Give it an answer: host.answer("{method}", lambda params: …).'
                raise PluginError("unavailable", f"The test host does not answer {method}.", todo=todo)
            return answer(params)

        return handle

    def _begin(self, answer: Params) -> None:
        for many, one in (("offers", "offer"), ("subscriptions", "subscription"), ("intercepts", "intercept")):
            for each in answer.get(many) or []:
                self._keep({one: each}, each.get("handle"))

    def _keep(self, what: Params, handle: Optional[str] = None) -> str:
        handle = handle or f"handle-{next(self._count)}"
        self._registered[handle] = what
        return handle

    def _services(self) -> Dict[str, Callable[[Params], Any]]:
        def publish(params: Params) -> Params:
            if params["topic"] == "self.log":
                sys.stderr.write(_log_text(**params["data"]))
            self.published.append({key: params[key] for key in ("topic", "data", "to") if key in params})
            return {"eventId": f"event-{len(self.published)}"}

        def add_message(params: Params) -> Params:
            self.said.append({key: params[key] for key in ("content", "intent", "role") if key in params})
            return {"messageId": f"message-{len(self.said)}", "state": "added"}

        def unregister(params: Params) -> Params:
            if self._registered.pop(params["handle"], None) is None:
                raise PluginError("notFound", f'There is no handle "{params["handle"]}".')
            return {}

        def set_state(params: Params) -> Params:
            rev = self._revision(params) + 1
            self.state[_place(params)] = {"value": params.get("value"), "rev": rev}
            return {"rev": rev}

        def delete_state(params: Params) -> Params:
            self._revision(params)
            return {"deleted": self.state.pop(_place(params), None) is not None}

        def list_state(params: Params) -> Params:
            start = f"{params.get('scope', 'plugin')}/"
            keys = [key[len(start) :] for key in self.state if key.startswith(start + params.get("prefix", ""))]
            return {"keys": [{"key": key, "rev": self.state[start + key]["rev"]} for key in sorted(keys)], "more": False}

        return {
            "offers/list": self._list_offers,
            "call": self._call_itself,
            "calls/get": lambda params: self._own_call(params)[0],
            "calls/cancel": self._cancel,
            "register": lambda params: {"handle": self._keep({key: params[key] for key in params if key != "_meta"})},
            "unregister": unregister,
            "publish": publish,
            "conversation/addMessage": add_message,
            "state/get": lambda params: self.state.get(_place(params), {"rev": 0}),
            "state/set": set_state,
            "state/delete": delete_state,
            "state/list": list_state,
        }

    def _list_offers(self, params: Params) -> Params:
        name = self._manifest["name"]
        declared = self._manifest["extensions"]["dev.parley"].get("offers", [])
        running = [it["offer"] for it in list(self._registered.values()) if "offer" in it]
        known = {offer["name"]: offer for offer in [*declared, *running]}
        always = {"plugin": name, "state": "running", "load": 0, "may": "allow", "rule": "test"}
        fitting = [
            {**offer, **always}
            for offer in known.values()
            if params.get("plugin", name) == name
            and params.get("provides") in (None, (offer.get("facets") or {}).get("provides"))
            and ("facet" not in params or (offer.get("facets") or {}).get(params["facet"]))
        ]
        return {"offers": fitting, "plugins": [name]}

    def _is_own(self, params: Params) -> bool:
        return bool(params["to"].get("plugin") == self._manifest["name"])

    def _call_itself(self, params: Params) -> Any:
        """Calls that the plugin makes to itself, also in the background; others are not there."""
        plugin = self._manifest["name"]
        if not self._is_own(params):
            todo = 'Give it an answer: host.answer("call", lambda params: …).'
            raise PluginError("unavailable", "The test host has no other plugin to call.", todo=todo)
        call_id, cancel = f"own-{next(self._count)}", CancelToken()
        row: Params = {
            **{"callId": call_id, "caller": f"plugin:{plugin}", "target": f"{plugin}/{params['name']}", "action": "read"},
            **{"status": "running", "detached": bool(params.get("detach")), "startedAt": time.time() * 1000},
        }
        self._calls[call_id] = (row, cancel)
        meta = {"callId": call_id, "caller": row["caller"]}
        told = {"to": params["to"], "name": params["name"], "args": params.get("args", {}), "_meta": meta}

        def run() -> Any:
            try:
                result = self._connection.request("call", told, timeout_ms=float("inf"), cancel=[cancel])
                row.update(status="succeeded", result=result)
                return result
            except PluginError as error:
                row.update(status="cancelled" if error.kind == "cancelled" else "failed", error=error.message)
                raise
            finally:
                row["endedAt"] = time.time() * 1000

        if not params.get("detach"):
            return run()
        self._connection.pool.submit(run)
        return {"callId": call_id}

    def _cancel(self, params: Params) -> Params:
        row, cancel = self._own_call(params)
        if "endedAt" in row:
            return {"state": "ended"}
        cancel.set()
        return {"state": "cancelling"}

    def _own_call(self, params: Params) -> Tuple[Params, CancelToken]:
        known = self._calls.get(params["callId"])
        if known is None:
            raise PluginError("notFound", f'There is no call "{params["callId"]}" of yours.')
        return known

    def _revision(self, params: Params) -> int:
        rev: int = self.state.get(_place(params), {"rev": 0})["rev"]
        if params.get("ifRev") is not None and params["ifRev"] != rev:
            raise PluginError("conflict", f"The revision of {_place(params)} is {rev}, not {params['ifRev']}.")
        return rev


_METHODS = (
    "register unregister call publish offers/list calls/get calls/cancel conversation/addMessage conversation/context "
    "state/get state/set state/delete state/list ui/notify ui/ask editor/open editor/showDiff editor/executeCommand "
    "terminal/run agent/run agent/stop content/get rights/request model/complete model/embed database/query"
).split()


def _log_text(level: str, message: str, fields: Optional[Params] = None) -> str:
    about = dict(fields or {})
    stack = about.pop("stack", None)
    told = f" {json.dumps(about, ensure_ascii=False)}" if about else ""
    return f"{level}: {message}{told}\n" + ("" if stack is None else f"{str(stack).rstrip()}\n")


def _place(params: Params) -> str:
    return f"{params.get('scope', 'plugin')}/{params['key']}"


def _fits(pattern: str, topic: str) -> bool:
    """Whether a topic fits a pattern: ``*`` is one token, ``>`` one or more at the end."""
    parts, tokens = pattern.split("."), topic.split(".")
    if parts[-1] == ">":
        parts = parts[:-1]
        if len(tokens) <= len(parts):
            return False
        tokens = tokens[: len(parts)]
    return len(parts) == len(tokens) and all(part in ("*", token) for part, token in zip(parts, tokens))
