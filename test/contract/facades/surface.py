"""Prints what the façades of the Python SDK have, those of a plugin and those of a call, and the names of all verbs."""

import json
import sys

from parley import Plugin
from parley.verbs import Verbs


def names(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def surface(holder):
    return {name: names(getattr(holder, name)) for name in sys.argv[1:] if hasattr(holder, name)}


verbs = Verbs(lambda *args, **options: None)
print(json.dumps({"plugin": surface(Plugin()), "call": surface(verbs), "verbs": names(verbs)}))
