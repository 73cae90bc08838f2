"""Tasks whose work never begins."""

from __future__ import annotations

import threading
from typing import Any, Callable, Optional

from ..errors import PluginError, from_wire

SOON_SECONDS, LATE_SECONDS = 0.25, 2.0


def look_after(calls: Any, call_id: str, begun: threading.Event, refused: Callable[[PluginError], None]) -> None:
    """In a thread of its own: tells where the call ends before its work begins."""

    def look() -> None:
        error = _never_began(calls, call_id, begun)
        if error is not None:
            refused(error)

    threading.Thread(target=look, name="parley-task", daemon=True).start()


def _never_began(calls: Any, call_id: str, begun: threading.Event) -> Optional[PluginError]:
    """Waits until the work of a call in the background has begun, and answers nothing; or until the call has ended before that,
    because a rule or an intercept refused it, and answers why.

    Nobody tells of that but the call's row, which is looked at less and less often.
    """
    wait = SOON_SECONDS
    while not begun.wait(wait):
        wait = min(2 * wait, LATE_SECONDS)
        try:
            row = calls.get(call_id)
        except PluginError as error:
            if error.kind != "overloaded":
                return error
            continue
        if "endedAt" not in row or begun.is_set():
            continue
        failure, message = row.get("failure"), row.get("error") or f"The task has ended before it began: {row['status']}."
        if failure is None:
            return PluginError("unavailable", message)
        told = {"kind": failure["kind"], **({"todo": failure["todo"]} if "todo" in failure else {})}
        return from_wire({"code": failure["code"], "message": message, "data": {**failure.get("details", {}), **told}})
    return None
