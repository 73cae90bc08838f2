"""The person's model. Needs the right to spend; over the plugin's budget of the day it fails with ``budgetExceeded``."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Union

from .actions import PATIENT
from .stream import ResultStream

Params = Dict[str, Any]


class Model:
    """Answers and vectors, within the plugin's budget."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def complete(
        self,
        prompt: Union[str, List[Params]],
        *,
        system: Optional[str] = None,
        max_tokens: Optional[int] = None,
        on_text: Optional[Callable[[str], Any]] = None,
    ) -> Params:
        """One answer, ``{text, model, kind, finish, usage}``; ``on_text`` hears each piece while it is written.

        The prompt is a text, before which ``system`` goes, or a list of ``{"role": …, "content": …}``.
        """

        def heard(value: Params) -> None:
            text = _text_of(value.get("partial"))
            if on_text is not None and text is not None:
                on_text(text)

        params = _params(prompt, system, max_tokens)
        return self._ask("model/complete", params, timeout_ms=PATIENT, on_progress=heard)

    def stream(
        self, prompt: Union[str, List[Params]], *, system: Optional[str] = None, max_tokens: Optional[int] = None
    ) -> ResultStream:
        """The same, read piece by piece: ``for text in model.stream("…"): …``."""
        params = _params(prompt, system, max_tokens)
        return ResultStream(self._ask("model/complete", params, timeout_ms=PATIENT, stream=True), pick=_text_of)

    def embed(self, texts: List[str]) -> Params:
        """``{vectors, dimensions, model, usage}`` with one vector per text."""
        return self._ask("model/embed", {"texts": texts}, timeout_ms=PATIENT)


def _params(prompt: Union[str, List[Params]], system: Optional[str], max_tokens: Optional[int]) -> Params:
    messages = prompt
    if isinstance(prompt, str):
        messages = [] if system is None else [{"role": "system", "content": system}]
        messages = [*messages, {"role": "user", "content": prompt}]
    return {"messages": messages, "maxTokens": max_tokens}


def _text_of(piece: Any) -> Optional[str]:
    text = piece.get("text") if isinstance(piece, dict) else None
    return text if isinstance(text, str) else None
