"""Running what an author wrote."""

from __future__ import annotations

from types import CoroutineType
from typing import Any, Callable


class Left(Exception):
    """A handler tried to end the process: only its own work ends, as with any other fault of its."""


def run(handler: Callable[..., Any], *args: Any) -> Any:
    """What the handler answers. One that is ``async def`` runs to its end in this thread, in an event loop of its own.

    ``sys.exit`` and whatever else is no ``Exception`` becomes one, because a thread that just ends would leave somebody waiting.
    """
    try:
        result = handler(*args)
        if not isinstance(result, CoroutineType):
            return result
        import asyncio  # Most plugins need none, and it takes as long to load as all the rest.

        return asyncio.run(result)
    except Exception:
        raise
    except BaseException as error:
        raise Left(f"{type(error).__name__}: {error}") from error
