"""What a plugin can ask of its host."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Optional, Union

from .actions import PATIENT, Editor, Terminal, Ui
from .agent import Agent
from .calls import Calls
from .cancel import CancelToken
from .database import Database
from .facades.bound import CallFacades
from .incoming import Incoming
from .inside import current
from .model import Model
from .state import State
from .stream import ResultStream
from .target import CallTo, parse_button, parse_target

Params = Dict[str, Any]
#: Sends a request to the host and waits for its answer; the options are those of ``Connection.request``.
Request = Callable[..., Any]


class Verbs(CallFacades):
    """The verbs; bound to a call, what they send belongs to it, ends with it and shares its deadline.

    All of them wait for the host's answer and raise ``PluginError``, whose ``kind`` says what went wrong: ``denied``,
    ``notFound``, ``unavailable``, ``timeout``, ``overloaded`` …
    """

    def __init__(self, request: Request, incoming: Optional[Incoming] = None) -> None:
        self._request = request
        self._incoming = incoming
        self.state = State(self._ask)
        #: Calls that the plugin made, or that were made to it, by their id.
        self.calls = Calls(self._ask, self._whole)
        #: The plugin's own SQLite file.
        self.database = Database(self._ask)
        self.ui = Ui(self._ask)
        self.editor = Editor(self._ask)
        self.terminal = Terminal(self._ask)
        #: The model that the person chose, within the plugin's budget.
        self.model = Model(self._ask)
        self.agent = Agent(self._ask)

    def call(
        self,
        to: CallTo,
        args: Optional[Params] = None,
        *,
        action: Optional[str] = None,
        cancel: Optional[CancelToken] = None,
        timeout_ms: Optional[float] = None,
        on_progress: Optional[Callable[[Params], None]] = None,
        detach: bool = False,
    ) -> Any:
        """Calls an offer and answers its result; with ``detach`` answers ``{"callId": …}`` at once and lets it run on.

        ``timeout_ms`` is the time without progress after which it fails; 60 s unless told. ``on_progress`` runs in this thread.
        """
        options = {"cancel": cancel, "timeout_ms": timeout_ms, "on_progress": on_progress}
        return self._whole(self._call(to, args, action, detach, **options))

    def stream(
        self,
        to: CallTo,
        args: Optional[Params] = None,
        *,
        action: Optional[str] = None,
        cancel: Optional[CancelToken] = None,
        timeout_ms: Optional[float] = None,
        on_progress: Optional[Callable[[Params], None]] = None,
    ) -> ResultStream:
        """Calls an offer and reads the pieces of its result while they are made: ``for part in call.stream("a/b"): …``.

        The call begins when the first piece is asked for. The options are those of ``call``.
        """
        told = self._call(to, args, action, cancel=cancel, timeout_ms=timeout_ms, stream=True)
        return ResultStream(told, on_progress, finish=self._whole)

    def publish(
        self,
        topic: str,
        data: Any = None,
        *,
        to: Optional[str] = None,
        show: Optional[bool] = None,
        latest: Optional[bool] = None,
        keep: Optional[bool] = None,
        dedupe_key: Optional[str] = None,
    ) -> str:
        """Publishes an event and answers its id. ``to`` with the topic ``inbox`` reaches that one plugin only."""
        options = {"to": to, "show": show, "latest": latest, "keep": keep, "dedupeKey": dedupe_key}
        return self._ask("publish", {"topic": topic, "data": data, **options})["eventId"]

    def add_message(
        self,
        content: Union[str, Params],
        words: Optional[str] = None,
        *,
        intent: Optional[str] = None,
        role: Optional[str] = None,
        actions: Optional[List[Params]] = None,
        dedupe_key: Optional[str] = None,
        conversation: Optional[str] = None,
    ) -> Params:
        """Adds a message of at most 64 KiB Markdown to the conversation and answers ``{messageId, state}``.

        ``intent``: ``notify`` (default; the person sees it), ``context`` (the model too, at its next step) or ``wake`` (it also
        starts a turn). ``actions``: ``[{"title": "Fix", "call": "plugin/name", "args": {…}}]``. In the older form the role comes
        first, ``add_message("assistant", "Done.")``, or all is one thing, ``{"role": …, "content": …, "dedupeKey": …}``.
        """
        params: Params = {
            "content": content,
            "intent": intent,
            "role": role,
            "actions": actions,
            "dedupeKey": dedupe_key,
            "conversation": conversation,
        }
        if isinstance(content, dict):
            params = {**params, "content": None, **content}
        elif words is not None:
            params.update(role=content, content=words)
        if params["actions"] is not None:
            params["actions"] = [parse_button(button) for button in params["actions"]]
        return self._ask("conversation/addMessage", params)

    def get_context(
        self,
        *,
        include: Optional[List[str]] = None,
        limit: Optional[int] = None,
        before: Optional[str] = None,
        conversation: Optional[str] = None,
    ) -> Params:
        """Reads the conversation; parts that the plugin may not read are named in ``redacted``."""
        params = {"include": include, "limit": limit, "before": before, "conversation": conversation}
        return self._ask("conversation/context", params)

    def get_content(self, reference: Union[str, Params]) -> Any:
        """What a reference in a large event stands for, all of it: ``{"$reference": …}``, or that text."""
        named = reference if isinstance(reference, str) else reference["$reference"]
        pieces: List[str] = []
        offset = 0
        while True:
            page = self._ask("content/get", {"reference": named, "offset": offset})
            pieces.append(page["text"])
            if "next" not in page:
                whole = "".join(pieces)
                return whole if page["type"] == "string" else json.loads(whole)
            offset = page["next"]

    def _whole(self, result: Any) -> Any:
        """A result that was too large for one answer came as a reference."""
        if isinstance(result, dict) and result.keys() == {"$reference", "type", "bytes"}:
            return self.get_content(result)
        return result

    def request_rights(self, wants: List[Params]) -> Params:
        """Asks the person for rights that the manifest does not state, on one sheet; answers ``{granted, rights}``.

        A want is ``{"verb": …, "target": …, "action"?: …, "why": …}``.
        """
        return self._ask("rights/request", {"wants": wants}, timeout_ms=PATIENT)

    def offers(
        self, *, plugin: Optional[str] = None, provides: Optional[str] = None, facet: Optional[str] = None
    ) -> List[Params]:
        """What other plugins offer, each with whether it can be called now and whether this plugin may.

        ``facet`` is ``agent``, ``palette`` or ``provides``.
        """
        return self._ask("offers/list", {"plugin": plugin, "provides": provides, "facet": facet})["offers"]

    def list_plugins(self) -> List[str]:
        """Names of the plugins that have something to call."""
        return self._ask("offers/list", {})["plugins"]

    def emit_event(self, type: str, data: Any = None, **options: Any) -> str:
        """``publish`` by its older name."""
        return self.publish(type, data, **options)

    def call_plugin(
        self, target: str, method: str, action: Optional[str] = None, request: Optional[Params] = None, **options: Any
    ) -> Any:
        """``call`` in the broker's older form; the request is ``{metadata?, parameters?, body?}``, the options those of ``call``."""
        return self.call({"plugin": target, "name": method}, request, action=action, **options)

    def _call(
        self,
        to: CallTo,
        args: Optional[Params],
        action: Optional[str],
        detach: bool = False,
        cancel: Optional[CancelToken] = None,
        **options: Any,
    ) -> Any:
        """``options`` are those of a request."""
        params = {**parse_target(to), "args": args or {}, "action": action, "detach": detach or None}
        tokens = [] if cancel is None else [cancel]
        if self._incoming is not None and not detach:
            tokens.append(self._incoming.cancelled)
        return self._ask("call", params, cancel=tokens, **options)

    def _ask(self, method: str, params: Params, **options: Any) -> Any:
        params = {key: value for key, value in params.items() if value is not None or key in ("data", "value")}
        meta = self._meta()
        if meta:
            params["_meta"] = meta
        if "cancel" not in options and self._incoming is not None:
            options["cancel"] = [self._incoming.cancelled]
        return self._request(method, params, **options)

    def _meta(self) -> Params:
        """Whose the message is and where. How much time is left the host knows by the call: its clock stands still while a person
        is asked and begins anew with progress, which cannot be told from here."""
        if self._incoming is None:
            return current()
        names = ("callId", "conversation", "turn", "traceparent", "tracestate")
        return {name: self._incoming.meta[name] for name in names if name in self._incoming.meta}
