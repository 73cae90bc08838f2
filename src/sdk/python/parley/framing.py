"""Messages in a byte stream: LSP base framing, ``Content-Length: N``, an empty line, N bytes of JSON."""

from __future__ import annotations

import json
import re
from typing import Any, Iterator, Optional, Tuple

from .errors import PluginError

HEADER_BYTES = 8 * 1024
BODY_BYTES = 16 * 1024 * 1024
#: Objects and lists inside each other.
NESTING = 200

_LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(.*?)[ \t]*$", re.IGNORECASE)
_DIGITS = re.compile(rb"[0-9]{1,15}$")
#: Without so many digits in a row there is no number in a message that is too long; with them it is looked at closely.
_LONG = re.compile(rb"[0-9]{16}")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")


class FrameReader:
    """Cuts a stream into messages.

    ``feed`` answers pairs: ``("body", bytes)``; ``("stray", bytes)`` for text between messages, after which the next header
    line is where messages go on; ``("badHeader", bytes)`` for a length that is none; ``("tooLarge", bytes)`` for a body over
    16 MiB, after which there is no way to go on.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._in_header = False
        self._header_bytes = 0
        self._length = -1
        self._reading_body = False

    def feed(self, chunk: bytes) -> Iterator[Tuple[str, bytes]]:
        self._buffer += chunk
        while True:
            if self._reading_body:
                if len(self._buffer) < self._length:
                    return
                body = bytes(self._buffer[: self._length])
                del self._buffer[: self._length]
                self._leave_header()
                yield "body", body
                continue
            end = self._buffer.find(b"\n")
            if end == -1:
                if len(self._buffer) > HEADER_BYTES:
                    yield "stray", bytes(self._buffer)
                    self._buffer.clear()
                    self._leave_header()
                return
            line = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            yield from self._line(line[:-1] if line.endswith(b"\r") else line)

    def _line(self, line: bytes) -> Iterator[Tuple[str, bytes]]:
        self._header_bytes += len(line)
        if self._in_header and line == b"":
            if self._length > BODY_BYTES:
                yield "tooLarge", str(self._length).encode()
            elif self._length >= 0:
                self._reading_body = True
                return
            self._leave_header()
            return
        if len(line) > HEADER_BYTES:
            self._leave_header()
            yield "stray", line
            return
        # Somebody's text without a line end may stand before the header on the same line.
        length = _LENGTH.search(line) if not self._in_header else _LENGTH.match(line)
        if length and self._header_bytes <= HEADER_BYTES:
            if length.start() > 0:
                yield "stray", line[: length.start()]
            digits = int(length.group(1)) if _DIGITS.match(length.group(1)) else -1
            if digits == -1 or (self._in_header and self._length not in (-1, digits)):
                self._leave_header()
                yield "badHeader", length.group(1)
                return
            self._in_header, self._length = True, digits
        elif self._in_header and _FIELD.match(line) and self._header_bytes <= HEADER_BYTES:
            return
        elif not self._in_header and re.match(rb"content-type[ \t]*:", line, re.IGNORECASE):
            self._in_header = True
        else:
            self._leave_header()
            if line.strip():
                yield "stray", line

    def _leave_header(self) -> None:
        self._in_header, self._reading_body, self._length, self._header_bytes = False, False, -1, 0


def decode(body: bytes) -> Any:
    """Reads a body. Raises ``PluginError`` of the kind ``parseError`` when it is not JSON in UTF-8."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise PluginError("parseError", f"The body is not JSON: {str(error)[:200]}") from None


def is_too_deep(body: bytes, message: Any) -> bool:
    """Whether a decoded body is nested deeper than a message may be. Most have too few brackets to be looked at."""
    if body.count(b"[") + body.count(b"{") <= NESTING:
        return False
    layer = [message]
    for _ in range(NESTING):
        inner = [item for one in layer for item in (one.values() if isinstance(one, dict) else one)]
        layer = [item for item in inner if isinstance(item, (dict, list))]
        if not layer:
            return False
    return True


def encode(message: Any) -> bytes:
    """Writes a message with its header.

    Raises ``PluginError``: ``invalidParams`` for what JSON cannot say and for whole numbers whose last digits would be lost on the
    way, ``tooLarge``.
    """
    try:
        try:
            text = json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
        except UnicodeEncodeError:
            text = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        todo = "Send plain values: no cycles, no bytes, no dates, no NaN."
        raise PluginError("invalidParams", f"The message cannot be written as JSON: {error}.", todo) from None
    inexact = _inexact(message) if _LONG.search(text) else None
    if inexact is not None:
        raise PluginError(
            "invalidParams",
            f"The whole number {inexact} is beyond 2^53: numbers are read as doubles, and its last digits would be lost.",
            "Send it as a text.",
        )
    if len(text) > BODY_BYTES:
        raise PluginError(
            "tooLarge",
            f"The message has at least {len(text)} bytes; the limit is {BODY_BYTES}.",
            "Send large values in pieces or as references.",
            {"limit": BODY_BYTES},
        )
    return b"Content-Length: %d\r\n\r\n" % len(text) + text


def _inexact(message: Any) -> Optional[int]:
    """A whole number in a message that is not the same when it is read as a double."""
    waiting = [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, (list, tuple)):
            waiting.extend(value)
        elif isinstance(value, int) and abs(value) > 2**53:
            return value
    return None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON value")
