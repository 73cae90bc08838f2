"""The person's model. Needs the right to spend; over the plugin's budget of the day it fails with ``budgetExceeded``."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Union

from .actions import PATIENT

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
        messages = prompt
        if isinstance(prompt, str):
            messages = [] if system is None else [{"role": "system", "content": system}]
            messages = [*messages, {"role": "user", "content": prompt}]

        def heard(value: Params) -> None:
            piece = value.get("partial")
            if on_text is not None and isinstance(piece, dict) and isinstance(piece.get("text"), str):
                on_text(piece["text"])

        params = {"messages": messages, "maxTokens": max_tokens}
        return self._ask("model/complete", params, timeout_ms=PATIENT, on_progress=heard)

    def embed(self, texts: List[str]) -> Params:
        """``{vectors, dimensions, model, usage}`` with one vector per text."""
        return self._ask("model/embed", {"texts": texts}, timeout_ms=PATIENT)
