"""What plugin authors import: ``from parley import Plugin, PluginError``. Python 3.9 or newer, standard library only."""

from .cancel import CancelToken
from .config import Config
from .errors import PluginError
from .facades.tasks import Task
from .intercepts import Interception
from .messaging import DirectMessage
from .offers import Call
from .plugin import Plugin
from .registrar import Registration
from .stream import ResultStream
from .subscriptions import Event

__all__ = [
    "Call",
    "CancelToken",
    "Config",
    "DirectMessage",
    "Event",
    "Interception",
    "Plugin",
    "PluginError",
    "Registration",
    "ResultStream",
    "Task",
]
