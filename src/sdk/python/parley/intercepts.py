"""The plugin's own intercepts."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional

from .errors import PluginError
from .handlers import run
from .incoming import Incoming
from .points import parse_point
from .registrar import Registrar, Registration
from .verbs import Request, Verbs

Params = Dict[str, Any]
_DECISIONS = ("allow", "ask", "deny", "answer")
#: In UTF-16 units, as the protocol has it.
_LONGEST_REASON = 2_000


class Interception(Verbs):
    """Something that is about to happen or has happened, and the verbs bound to it.

    ``subject`` has the shape of its point; after the fact with ``result``, or with ``error`` where it failed. ``invocation`` is the
    same before and after.
    """

    def __init__(self, request: Request, incoming: Incoming, params: Params, subject: Params) -> None:
        super().__init__(request, incoming)
        self.point: str = params["point"]
        self.phase: str = params["phase"]
        self.invocation: str = params["invocation"]
        self.subject = subject
        self.meta = incoming.meta
        self.cancelled = incoming.cancelled


class _Intercept:
    def __init__(self, spec: Params, handler: Callable[[Interception], Optional[Params]]) -> None:
        self.spec, self.handler = spec, handler
        self.handle: Optional[str] = None


class LocalIntercepts:
    def __init__(self, request: Request, registrar: Registrar, on_fault: Callable[[str, BaseException], None]) -> None:
        self._request, self._registrar, self._on_fault = request, registrar, on_fault
        self._intercepts: List[_Intercept] = []

    def add(self, spec: Params, handler: Callable[[Interception], Optional[Params]]) -> Registration:
        spec = parse_point(spec)
        own = _Intercept(spec, handler)
        self._intercepts.append(own)
        registration = self._registrar.add({"intercept": spec}, lambda handle: setattr(own, "handle", handle))
        return registration.released(lambda: self._intercepts.remove(own))

    def handle(self, params: Params, incoming: Incoming) -> Params:
        """Asks the handlers that fit, lowest ``order`` first (highest first ``after``), each with what those before it changed.

        No answer means allow; the first one that does not allow ends the round.
        """
        result: Params = {"decision": "allow"}
        for own in self._fitting(params):
            subject = {**params["subject"], **result.get("updated", {})}
            answer = self._ask(own, Interception(self._request, incoming, params, subject))
            if answer is None:
                continue
            updated = {**result.get("updated", {}), **(answer.get("updated") or {})}
            context = "\n\n".join(text for text in (result.get("context"), answer.get("context")) if text)
            result = {**result, **answer, "updated": updated, "context": context}
            result = {key: value for key, value in result.items() if value or key not in ("updated", "context")}
            if result["decision"] != "allow":
                break
        return result

    def _ask(self, own: _Intercept, interception: Interception) -> Optional[Params]:
        try:
            return _answer_of(run(own.handler, interception))
        except PluginError:
            raise
        except Exception as error:
            if interception.cancelled.is_set():
                raise PluginError("cancelled", "The intercept was cancelled.") from error
            self._on_fault(f'The intercept at "{interception.point}" failed', error)
            todo = "This is a fault of the plugin; its log has the details."
            raise PluginError("internal", f'The plugin failed when it was asked at "{interception.point}".', todo) from error

    def _fitting(self, params: Params) -> List[_Intercept]:
        handle = params.get("handle")
        named = [own for own in list(self._intercepts) if handle is not None and own.handle == handle]
        fitting = [
            own
            for own in list(self._intercepts)
            if _fits(own.spec["point"], params["point"])
            and own.spec.get("phase", "before") == params["phase"]
            and _matches(own.spec.get("match"), params["subject"])
        ]
        backwards = params["phase"] == "after"
        return named or sorted(fitting, key=lambda own: own.spec.get("order", 0), reverse=backwards)


def _answer_of(said: Any) -> Optional[Params]:
    """What a handler answered, with its reason as long as one may be. Raises where it is no answer: a gate that says "deny" in
    another way must not let everything pass."""
    if said is None:
        return None
    known = isinstance(said, dict) and said.get("decision", "allow") in _DECISIONS
    if not known or not isinstance(said.get("updated") or {}, dict):
        raise TypeError(f"It answered {said!r}, which is no {{decision: allow | ask | deny | answer}}.")
    answer: Params = said
    reason = answer.get("reason")
    units = reason.encode("utf-16-le", "surrogatepass") if isinstance(reason, str) else b""
    if len(units) <= 2 * _LONGEST_REASON:
        return answer
    return {**answer, "reason": units[: 2 * (_LONGEST_REASON - 1)].decode("utf-16-le", "ignore") + "…"}


def _matches(pattern: Optional[str], subject: Params) -> bool:
    """Whether ``plugin/name`` of the subject fits a pattern in which ``*`` stands for any text."""
    return pattern is None or _fits(pattern, f"{subject.get('plugin')}/{subject.get('name')}")


def _fits(pattern: str, text: str) -> bool:
    expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    return re.fullmatch(expression, text, re.DOTALL) is not None
