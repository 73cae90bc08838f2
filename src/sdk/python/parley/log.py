"""The plugin's log and health, said without making anybody wait."""

from __future__ import annotations

import json
import threading
import traceback
from collections import deque
from typing import Any, Callable, Deque, Dict, Optional, Tuple

WAITING_AT_MOST = 500


class Log:
    """Lines for the plugin's log.

    ``about`` are fields by name, with plain values for a reader and never secrets, or an exception: its text and traceback are
    then in the line.
    """

    def __init__(self, say: Callable[[str, str, Optional[Dict[str, Any]]], None]) -> None:
        self._say = say

    def debug(self, message: str, about: Any = None) -> None:
        """Seen where the log is shown in full."""
        self._say("debug", *line_of(message, about))

    def info(self, message: str, about: Any = None) -> None:
        """What happened."""
        self._say("info", *line_of(message, about))

    def warn(self, message: str, about: Any = None) -> None:
        """Something is not as it should be, and the plugin goes on."""
        self._say("warn", *line_of(message, about))

    def error(self, message: str, about: Any = None) -> None:
        """Something failed."""
        self._say("error", *line_of(message, about))


class Reporter:
    """Publishes on ``self.log``, ``self.health`` and ``self.telemetry`` from a thread of its own, in order. When 500 lines wait the oldest is
    dropped; what the host does not take is written to ``stray``."""

    def __init__(self, request: Callable[..., Any], stray: Callable[[str], None]) -> None:
        self._request, self._stray = request, stray
        self._waiting: Deque[Tuple[str, Dict[str, Any]]] = deque(maxlen=WAITING_AT_MOST)
        self._wake = threading.Condition()
        self._started = self._sending = False
        self.log = Log(self._line)

    def health(self, status: str, detail: Optional[str] = None) -> None:
        self._send("self.health", {"status": status, **({} if detail is None else {"detail": detail})})

    def telemetry(self, sample: Dict[str, float]) -> None:
        self._send("self.telemetry", dict(sample))

    def fault(self, what: str, error: BaseException) -> None:
        """Logs an exception that nobody expected, with its traceback."""
        self.log.error(f"{what}:", error)

    def start(self) -> None:
        """Begins to send; called when the host is ready."""
        with self._wake:
            if self._started:
                return
            self._started = True
        threading.Thread(target=self._run, name="parley-log", daemon=True).start()

    def flush(self, seconds: float = 0.5) -> None:
        """Waits until all lines have been taken, at most as long as told: what was logged last is what tells why it stops."""
        with self._wake:
            self._wake.wait_for(lambda: not (self._started and (self._waiting or self._sending)), seconds)

    def _line(self, level: str, message: str, fields: Optional[Dict[str, Any]]) -> None:
        self._send("self.log", {"level": level, "message": str(message), **({} if fields is None else {"fields": fields})})

    def _send(self, topic: str, data: Dict[str, Any]) -> None:
        with self._wake:
            self._waiting.append((topic, data))
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                self._sending = False
                self._wake.notify_all()
                while not self._waiting:
                    self._wake.wait()
                topic, data = self._waiting.popleft()
                self._sending = True
            params: Dict[str, Any] = {"topic": topic, "data": data}
            if topic != "self.log":
                params["latest"] = True
            try:
                self._request("publish", params)
            except Exception:
                self._beside(f"{topic} {json.dumps(data, default=str)}")

    def _beside(self, line: str) -> None:
        try:
            self._stray(line)
        except (OSError, ValueError):
            # Nobody reads stderr any more; what comes later may still reach the host.
            pass


def line_of(message: str, about: Any) -> Tuple[str, Optional[Dict[str, Any]]]:
    """A line and its fields, exceptions among them as texts."""
    if about is None:
        return message, None
    if isinstance(about, BaseException):
        return f"{message} {about}", {"stack": _stack_of(about)}
    if not isinstance(about, dict):
        return f"{message} {about}", None
    return message, {str(name): _field_of(value) for name, value in about.items()}


def _field_of(value: Any) -> Any:
    """The value where JSON can say it, else what it looks like."""
    if isinstance(value, BaseException):
        return _stack_of(value)
    try:
        json.dumps(value, allow_nan=False)
        return value
    except (TypeError, ValueError, RecursionError):
        return str(value)


def _stack_of(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))
