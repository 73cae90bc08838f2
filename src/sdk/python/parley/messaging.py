"""Messages to one plugin, which nobody else hears."""

from __future__ import annotations

import threading
import uuid
from typing import Any, Callable, Dict, Optional

from .cancel import CancelToken
from .errors import ERROR_CODES, PluginError, plain
from .facades.handle import declare
from .handlers import run
from .registrar import Registration
from .subscriptions import Event

Params = Dict[str, Any]
#: The offer that takes the answers.
REPLY_OFFER = "inbox.reply"


class DirectMessage:
    """A direct message: ``data`` is what was sent, ``message["field"]`` a field of it, ``sender`` the plugin, as the host says."""

    def __init__(self, plugin: Any, event: Event) -> None:
        data = event.data
        wish = data if isinstance(data, dict) and {"replyTo", "requestId"} <= data.keys() else None
        if wish is not None:
            data = {key: value for key, value in wish.items() if key not in ("replyTo", "requestId")}
            data = data["message"] if list(data) == ["message"] else data
        self.sender = event.source
        self.timestamp = event.timestamp
        self.data = data
        #: Whether the sender waits for an answer.
        self.wants_reply = wish is not None
        self.replied = False
        self._plugin, self._wish = plugin, wish

    def __getitem__(self, field: str) -> Any:
        return self.data[field]

    def get(self, field: str, default: Any = None) -> Any:
        """A field of what was sent, or the default where there is none."""
        return self.data.get(field, default) if isinstance(self.data, dict) else default

    def reply(self, data: Any = None) -> None:
        """Answers the sender, once; raises ``invalidRequest`` where it does not wait, and as a call does where it is gone."""
        self._answer({"reply": data})

    def refuse(
        self, kind: str, message: str, todo: Optional[str] = None, details: Optional[Dict[str, Any]] = None
    ) -> None:
        """Tells the sender that there is no answer, and why, as a ``PluginError`` with the same would."""
        error: Params = {"kind": kind, "message": message[:4_000], "details": plain(details or {})}
        if todo is not None:
            error["todo"] = todo[:4_000]
        self._answer({"error": error})

    def _answer(self, args: Params) -> None:
        if self._wish is None:
            todo = "Whoever wants one asks with `messaging.request`."
            raise PluginError("invalidRequest", f"{self.sender} does not wait for an answer.", todo)
        if self.replied:
            raise PluginError("conflict", "This message was answered already.")
        self.replied = True
        self._plugin.call(self._wish["replyTo"], {"requestId": self._wish["requestId"], **args})


class _Pending:
    def __init__(self, to: str) -> None:
        self.to = to
        self.settled = threading.Event()
        self.reply: Any = None
        self.error: Optional[PluginError] = None

    def cancel(self) -> None:
        self.error = PluginError("cancelled", "The request was cancelled.")
        self.settled.set()


class MessageSender:
    def __init__(self, verbs: Any) -> None:
        self._verbs = verbs

    def send_to(self, plugin: str, data: Any, **options: Any) -> str:
        """Sends to a plugin and answers the event's id; it does not wait for it to be handled.

        Raises ``notFound`` or ``unavailable`` where nobody would hear it; with ``keep=True`` it waits for a subscription of that
        plugin that acknowledges.
        """
        return self._verbs.publish("inbox", data, to=plugin, **options)


class Messaging(MessageSender):
    """A request is a message that names an offer of the sender for the answer; that offer is made with the first request."""

    def __init__(self, plugin: Any) -> None:
        super().__init__(plugin)
        self._plugin = plugin
        self._pending: Dict[str, _Pending] = {}
        self._lock = threading.Lock()
        self._taking: Optional[Registration] = None

    def request(
        self, plugin: str, data: Any, *, timeout_ms: float = 30_000, cancel: Optional[CancelToken] = None
    ) -> Any:
        """Sends and waits for the answer; ``cancel`` ends the wait.

        What the receiver's handler raises as a ``PluginError`` comes back as ``unavailable`` with its message, ``todo`` and
        ``details``; ``details["kind"]`` and ``details["replyKind"]`` have its kind.
        """
        with self._lock:
            if self._taking is None:
                about = "Takes the answers to direct messages of this plugin."
                self._taking = self._plugin.offer(REPLY_OFFER, self._take, description=about)
        self._taking.wait()
        request_id, own = str(uuid.uuid4()), _Pending(plugin)
        self._pending[request_id] = own
        forget = None if cancel is None else cancel.on_set(own.cancel)
        wish = {"replyTo": f"{self._plugin.info['plugin']['name']}/{REPLY_OFFER}", "requestId": request_id}
        try:
            self._plugin.publish("inbox", {**(data if isinstance(data, dict) else {"message": data}), **wish}, to=plugin)
            if not own.settled.wait(min(timeout_ms / 1_000, threading.TIMEOUT_MAX)):
                raise PluginError("timeout", f"{plugin} did not answer the message within {timeout_ms / 1_000:g} s.")
            if own.error is not None:
                raise own.error
            return own.reply
        finally:
            self._pending.pop(request_id, None)
            if forget is not None:
                forget()

    def on(self, what: Any = "message", handler: Optional[Callable[[DirectMessage], Any]] = None, **options: Any) -> Any:
        """Hears what is sent to this plugin: ``@plugin.messaging.on("message")``, or ``on()``, over ``def handler(message)``;
        ``on(handler)`` without a decorator."""
        handler = what if callable(what) else handler

        def add(hear: Callable[[DirectMessage], Any]) -> Registration:
            return self._plugin.subscribe("inbox", lambda event: _hear(hear, DirectMessage(self._plugin, event)), **options)

        return declare(add, handler)

    def _take(self, args: Params, call: Any) -> None:
        own = self._pending.get(args.get("requestId", ""))
        if own is None:
            raise PluginError("notFound", "Nobody waits for this answer any more.", "Answer once, and in time.")
        if call.caller != f"plugin:{own.to}":
            raise PluginError("denied", f"Only {own.to} was asked, not {call.caller}.")
        error = args.get("error")
        if error is not None:
            kind = error.get("kind")
            # Twice: an error that is handed on to a caller has no `kind` but its own there.
            said = error.get("details")
            details = {**(said if isinstance(said, dict) else {}), "kind": kind, "replyKind": kind}
            todo = error.get("todo")
            own.error = PluginError("unavailable", str(error.get("message")), todo if isinstance(todo, str) else None, details)
        own.reply = args.get("reply")
        own.settled.set()


def _hear(handler: Callable[[DirectMessage], Any], message: DirectMessage) -> None:
    try:
        run(handler, message)
    except Exception as error:
        if message.wants_reply and not message.replied:
            if isinstance(error, PluginError) and error.kind in ERROR_CODES:
                message.refuse(error.kind, error.message, error.todo, error.details)
            else:
                message.refuse("internal", "The handler of the message failed.")
        raise
