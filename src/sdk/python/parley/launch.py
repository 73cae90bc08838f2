"""The plugin's process as a test host starts it, and the first that is said to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Dict, List

Params = Dict[str, Any]


def command(folder: Path, manifest: Params, scratch: str, node: str) -> List[str]:
    """What ``run`` in ``plugin.json`` comes to. Plugins in Python run with the interpreter of the test."""
    run = _part(manifest)["run"]
    start = {"python": [sys.executable], "node": [node], "command": [run.get("command", "")]}[run["runtime"]]
    args = [_filled(one, folder, scratch) for one in run.get("args", [])]
    return [*start, *([run["entry"]] if "entry" in run else []), *args]


def environment(folder: Path, manifest: Params, scratch: str) -> Dict[str, str]:
    """The variables that Parley gives a plugin, with those places filled in, beside those of the test."""
    here = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join(part for part in (here, os.environ.get("PYTHONPATH")) if part)
    own = {name: _filled(value, folder, scratch) for name, value in _part(manifest)["run"].get("env", {}).items()}
    places = {"PLUGIN_ROOT": str(folder), "PLUGIN_DATA": scratch, "PARLEY_RUN_DIR": scratch}
    return {**os.environ, "PYTHONPATH": path, **own, **places}


def initialize_params(folder: Path, manifest: Params, scratch: str, config: Params) -> Params:
    """What a host says first: the settings are those of the test, with the schema's defaults for the others."""
    name = manifest["name"]
    about = {"id": name, "name": name, "version": manifest.get("version", "0.0.0"), "root": str(folder)}
    names = ("progress", "detachedCalls", "intercepts", "state", "conversation")
    properties = (_part(manifest).get("config") or {}).get("properties", {})
    defaults = {key: one["default"] for key, one in properties.items() if "default" in one}
    return {
        "protocolVersion": 1,
        "host": {"name": "parley-test", "version": "0.0.0", "tools": {}},
        "processId": os.getpid(),
        "plugin": {**about, "dataDir": scratch, "runDir": scratch},
        "epoch": 1,
        "workspaceFolders": [],
        "capabilities": {name: True for name in names},
        "grants": [],
        "limits": {},
        "config": {**defaults, **config},
        "trace": "off",
        "locale": "en",
    }


def _part(manifest: Params) -> Params:
    part: Params = manifest["extensions"]["dev.parley"]
    return part


def _filled(text: str, folder: Path, scratch: str) -> str:
    return text.replace("${PLUGIN_ROOT}", str(folder)).replace("${PLUGIN_DATA}", scratch)
