"""What plugin authors import: ``from parley import Plugin, PluginError``. Python 3.9 or newer, standard library only."""

from .cancel import CancelToken
from .errors import PluginError
from .intercepts import Interception
from .offers import Call
from .plugin import Plugin
from .registrar import Registration
from .subscriptions import Event

__all__ = ["Call", "CancelToken", "Event", "Interception", "Plugin", "PluginError", "Registration"]
