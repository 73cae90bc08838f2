"""Reads the configuration: defaults from the file, then the environment."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

DEFAULT_FILE = Path(__file__).parent.parent / "config" / "default.toml"


@dataclass(frozen=True)
class Settings:
    db_path: str
    busy_timeout_ms: int
    host: str
    port: int
    reservation_minutes: int
    max_per_order: int
    mail_enabled: bool
    smtp_host: str
    mail_sender: str


def load_settings(file: Path = DEFAULT_FILE) -> Settings:
    """The settings of this process. Environment variables win over the file."""
    with open(file, "rb") as stream:
        raw = tomllib.load(stream)
    return Settings(
        db_path=os.environ.get("STOCKROOM_DB", raw["database"]["path"]),
        busy_timeout_ms=raw["database"]["busy_timeout_ms"],
        host=raw["server"]["host"],
        port=int(os.environ.get("STOCKROOM_PORT", raw["server"]["port"])),
        reservation_minutes=raw["reservations"]["lifetime_minutes"],
        max_per_order=raw["reservations"]["max_per_order"],
        mail_enabled=raw["mail"]["enabled"],
        smtp_host=raw["mail"]["smtp_host"],
        mail_sender=raw["mail"]["sender"],
    )
