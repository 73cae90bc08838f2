"""What a plugin asks the host to do in the window. Each needs the right to act; the person may be asked, which takes its time."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Union

Params = Dict[str, Any]
Ask = Callable[..., Any]

#: No deadline of its own: a person may be thinking.
PATIENT = float("inf")


class Ui:
    """Notifications and questions."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def notify(self, text: str, *, level: Optional[str] = None) -> None:
        """Shows a notification that names the plugin; ``level`` is ``info`` (default), ``warning`` or ``error``."""
        self._ask("ui/notify", {"text": text, "level": level}, timeout_ms=PATIENT)

    def ask(self, question: str, choices: List[Union[str, Params]]) -> Optional[str]:
        """Asks the person; answers the title of the choice, or ``None`` where the question was closed.

        A choice is its title, or ``{"title": …, "detail": …}``.
        """
        listed = [{"title": choice} if isinstance(choice, str) else choice for choice in choices]
        return self._ask("ui/ask", {"question": question, "choices": listed}, timeout_ms=PATIENT).get("choice")


class Editor:
    """Files and commands of the window."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def open(self, path: str, *, line: Optional[int] = None, end_line: Optional[int] = None) -> None:
        """Shows a file, relative to a workspace folder or absolute; lines are 1-based."""
        self._ask("editor/open", {"path": path, "line": line, "endLine": end_line}, timeout_ms=PATIENT)

    def show_diff(self, path: str, after: str) -> None:
        """Shows a file beside a text that it could become; nothing is written."""
        self._ask("editor/showDiff", {"path": path, "after": after}, timeout_ms=PATIENT)

    def execute_command(self, command: str, *args: Any) -> Any:
        """Runs a VS Code command and answers what it answered, where that is JSON."""
        params = {"command": command, "args": list(args)}
        return self._ask("editor/executeCommand", params, timeout_ms=PATIENT).get("result")


class Terminal:
    """The plugin's own terminal."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def run(self, command: str, *, cwd: Optional[str] = None, wait: Optional[bool] = None) -> Params:
        """Runs a line in the terminal, which is shown; with ``wait`` it answers when the line has ended."""
        return self._ask("terminal/run", {"command": command, "cwd": cwd, "wait": wait}, timeout_ms=PATIENT)
