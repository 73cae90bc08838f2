"""The process's own stdin and stdout as a channel."""

from __future__ import annotations

import io
import os
import sys
from typing import Callable, Tuple

Read = Callable[[], bytes]
Write = Callable[[bytes], None]


def open_stdio() -> Tuple[Read, Write]:
    """Takes stdin and stdout for the channel and answers how to read and write it.

    From here on ``print`` and whatever else writes to file descriptor 1, in this process or its children, goes to stderr,
    which the host keeps as the plugin's log; reading stdin finds its end.
    """
    sys.stdout.flush()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Whoever took it before now, as handlers of `logging` do, goes on writing to it, and each line is to be seen at once.
        sys.stdout.reconfigure(line_buffering=True)
    channel_in, channel_out = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr

    def write(data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(channel_out, view) :]

    def read() -> bytes:
        try:
            return os.read(channel_in, 65_536)
        except OSError:
            return b""

    return read, write
