"""Tells the host what the plugin offers, hears and guards."""

from __future__ import annotations

import threading
from typing import Any, Callable, Dict, List, Optional

from .errors import PluginError

Params = Dict[str, Any]


class Registration:
    """Something that the host knows of, until it is disposed."""

    def __init__(
        self,
        what: Params,
        on_handle: Callable[[str], None],
        registrar: "Registrar",
        on_gone: Callable[[str], None] = lambda handle: None,
    ) -> None:
        self.what = what
        self.handle: Optional[str] = None
        self.disposed = False
        self.error: Optional[PluginError] = None
        self._on_handle = on_handle
        self.on_gone = on_gone
        self._registrar = registrar
        self._releases: List[Callable[[], None]] = []
        self._guard = threading.Lock()
        self._settled = threading.Event()
        if not what:
            self._settled.set()

    def wait(self, timeout: float = 60.0) -> None:
        """Waits until the host has taken it; raises the host's reason when it does not.

        Not for what the manifest declares, and what is declared before ``start``: the host knows of the one, and the other travels
        with the start.
        """
        if not self._settled.wait(timeout):
            raise PluginError("timeout", "The host has not answered the registration.")
        if self.error is not None:
            raise self.error

    def dispose(self) -> None:
        """Gives it back, also inside its own handler, which then runs no more. Said again it does nothing."""
        with self._guard:
            if self.disposed:
                return
            self.disposed = True
            handle = self.handle
        for release in self._releases:
            release()
        if handle is not None:
            self._registrar.unregister(self, handle)

    def off(self) -> None:
        """The same as ``dispose``."""
        self.dispose()

    def released(self, release: Callable[[], None]) -> "Registration":
        """``release`` runs when it is given back."""
        self._releases.append(release)
        return self

    def taken(self, handle: str) -> bool:
        """The host knows of it, under this handle. Answers whether it is still wanted."""
        with self._guard:
            wanted = not self.disposed
            if wanted:
                self.handle = handle
        if wanted:
            self._on_handle(handle)
        self._settled.set()
        return wanted

    def travels(self) -> None:
        """The host hears of it in the answer to ``initialize``."""
        self._settled.set()

    def refused(self, error: PluginError) -> None:
        """The host does not take it."""
        self.error = error
        self._settled.set()


class Registrar:
    """What is added before ``initial`` travels in the answer to ``initialize`` under handles chosen here; what is added later
    is registered one by one."""

    def __init__(self, request: Callable[..., Any], background: Callable[..., Any], on_fault: Callable[[str, BaseException], None]):
        self._request = request
        self._background = background
        self._on_fault = on_fault
        self._lock = threading.Lock()
        self._declared: List[Registration] = []
        self._answered = False
        #: Registrations that the host has not answered yet.
        self.pending = 0

    def add(
        self,
        what: Params,
        on_handle: Callable[[str], None] = lambda handle: None,
        on_gone: Callable[[str], None] = lambda handle: None,
    ) -> Registration:
        """``on_handle`` gets the handle under which the host will speak of it; ``on_gone`` is told when it no longer does."""
        registration = Registration(what, on_handle, self, on_gone)
        with self._lock:
            if not self._answered:
                self._declared.append(registration)
                registration.travels()
                return registration
            self.pending += 1
        self._background(self._register, registration)
        return registration

    def initial(self) -> Dict[str, List[Params]]:
        """The declarations for the answer to ``initialize``."""
        lists: Dict[str, List[Params]] = {"offers": [], "subscriptions": [], "intercepts": []}
        with self._lock:
            self._answered = True
            for index, registration in enumerate(self._declared):
                if registration.disposed:
                    continue
                handle = f"initial-{index + 1}"
                registration.taken(handle)
                for kind, value in registration.what.items():
                    lists[kind + "s"].append({**value, "handle": handle})
        return lists

    def unregister(self, registration: Registration, handle: str) -> None:
        self._background(self._forget, registration, handle)

    def _register(self, registration: Registration) -> None:
        def on_result(result: Any) -> None:
            self._settled()
            if not registration.taken(result["handle"]):
                self.unregister(registration, result["handle"])

        try:
            self._request("register", registration.what, on_result=on_result)
        except PluginError as error:
            self._settled()
            registration.refused(error)
            self._on_fault(_describe(registration.what), error)

    def _settled(self) -> None:
        with self._lock:
            self.pending -= 1

    def _forget(self, registration: Registration, handle: str) -> None:
        try:
            self._request("unregister", {"handle": handle}, on_result=lambda result: registration.on_gone(handle))
        except PluginError:
            # A host that does not know the handle, or is gone, sends nothing under it either.
            registration.on_gone(handle)


def _describe(what: Params) -> str:
    if "offer" in what:
        return f'The offer "{what["offer"]["name"]}"'
    if "subscription" in what:
        return f'The subscription to "{what["subscription"]["topic"]}"'
    return f'The intercept at "{what["intercept"]["point"]}"'
