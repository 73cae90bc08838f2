"""Prints what the façades of the Python SDK have, those of a plugin and those of a call, and the names of all verbs."""

import inspect
import json
import sys

import parley
from parley import Plugin
from parley.verbs import Verbs


def names(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def surface(holder):
    return {name: names(getattr(holder, name)) for name in sys.argv[1:] if hasattr(holder, name)}


def undocumented():
    """What a class that authors import has of its own, and says nothing about."""
    classes = [thing for name, thing in vars(parley).items() if name in parley.__all__]
    facades = [type(value) for value in (getattr(Plugin(), name) for name in sys.argv[1:])]
    found = set()
    for cls in [*classes, *facades]:
        for base in cls.__mro__:
            if not base.__module__.startswith("parley"):
                continue
            for name, value in vars(base).items():
                value = getattr(value, "fget", None) or getattr(value, "func", None) or value
                if not name.startswith("_") and callable(value) and not inspect.getdoc(value):
                    found.add(f"{base.__name__}.{name}")
    return sorted(found)


verbs = Verbs(lambda *args, **options: None)
told = {"plugin": surface(Plugin()), "call": surface(verbs), "verbs": names(verbs)}
print(json.dumps({**told, "undocumented": undocumented()}))
