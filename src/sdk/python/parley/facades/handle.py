"""What was declared with a façade, and how it is given back."""

from __future__ import annotations

from typing import Any, Callable, List, Optional

from ..registrar import Registration


class Handles:
    """Several registrations as one."""

    def __init__(self, registrations: List[Registration]) -> None:
        self._registrations = registrations

    def wait(self, timeout: float = 60.0) -> None:
        """Waits until the host has taken all of them; raises the host's reason when it does not."""
        for registration in self._registrations:
            registration.wait(timeout)

    def dispose(self) -> None:
        """Gives them back, also inside a handler of theirs, which then runs no more."""
        for registration in self._registrations:
            registration.dispose()

    def off(self) -> None:
        """The same as ``dispose``."""
        self.dispose()


def declare(add: Callable[[Callable[..., Any]], Any], handler: Optional[Callable[..., Any]]) -> Any:
    """Declares at once where there is a handler, else answers a decorator that does and leaves the function as it is."""
    if handler is not None:
        return add(handler)

    def decorate(run: Callable[..., Any]) -> Callable[..., Any]:
        add(run)
        return run

    return decorate
