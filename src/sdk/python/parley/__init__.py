"""What plugin authors import: ``from parley import Plugin, PluginError``. Python 3.9 or newer, standard library only."""

from .cancel import CancelToken
from .config import Config
from .errors import PluginError
from .facades.tasks import Task
from .intercepts import Interception
from .offers import Call
from .plugin import Plugin
from .registrar import Registration
from .subscriptions import Event

__all__ = ["Call", "CancelToken", "Config", "Event", "Interception", "Plugin", "PluginError", "Registration", "Task"]
