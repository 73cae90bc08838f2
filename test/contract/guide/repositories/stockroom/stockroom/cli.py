"""The command line: serve, add, count."""

from __future__ import annotations

import argparse
import sys

from . import __version__
from .api import create_app
from .settings import load_settings
from .storage import Storage


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="stockroom")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="answer HTTP requests")
    serve.add_argument("--port", type=int)
    add = commands.add_parser("add", help="put goods on a shelf")
    add.add_argument("sku")
    add.add_argument("warehouse")
    add.add_argument("quantity", type=int)
    count = commands.add_parser("count", help="say how many pieces there are")
    count.add_argument("sku")
    return parser


def main(argv: list[str] | None = None) -> int:
    args = build_parser().parse_args(argv)
    settings = load_settings()
    storage = Storage(settings.db_path, settings.busy_timeout_ms)
    try:
        if args.command == "serve":
            create_app(settings, storage).run(settings.host, args.port or settings.port)
        elif args.command == "add":
            line = storage.change_quantity(args.sku, args.warehouse, args.quantity)
            print(f"{line.sku} in {line.warehouse}: {line.quantity}")
        else:
            print(storage.quantity(args.sku))
    finally:
        storage.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
