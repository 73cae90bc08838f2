"""Everything that is kept, in one SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from datetime import datetime
from typing import Iterator

from .models import OutOfStock, Product, Reservation, StockLine

SCHEMA = """
CREATE TABLE IF NOT EXISTS product (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    reorder_level INTEGER NOT NULL DEFAULT 10
);
CREATE TABLE IF NOT EXISTS stock (
    sku TEXT NOT NULL REFERENCES product (sku),
    warehouse TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity >= 0),
    updated_at TEXT NOT NULL,
    PRIMARY KEY (sku, warehouse)
);
CREATE TABLE IF NOT EXISTS reservation (
    order_id TEXT NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    PRIMARY KEY (order_id, sku)
);
"""


class Storage:
    """A connection to the database and what can be asked of it."""

    def __init__(self, path: str, busy_timeout_ms: int = 2500) -> None:
        self._connection = sqlite3.connect(path, timeout=busy_timeout_ms / 1000)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commits at the end, rolls back when something is raised."""
        try:
            yield self._connection
            self._connection.commit()
        except Exception:
            self._connection.rollback()
            raise

    def save_product(self, product: Product) -> None:
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO product VALUES (?, ?, ?, ?)",
                (product.sku, product.name, str(product.unit_price), product.reorder_level),
            )

    def quantity(self, sku: str) -> int:
        """Pieces of a product in all warehouses together."""
        row = self._connection.execute(
            "SELECT COALESCE(SUM(quantity), 0) AS total FROM stock WHERE sku = ?", (sku,)
        ).fetchone()
        return int(row["total"])

    def change_quantity(self, sku: str, warehouse: str, by: int) -> StockLine:
        """Adds pieces, or takes some away when `by` is negative."""
        now = datetime.now()
        with self.transaction() as db:
            row = db.execute(
                "SELECT quantity FROM stock WHERE sku = ? AND warehouse = ?", (sku, warehouse)
            ).fetchone()
            before = int(row["quantity"]) if row else 0
            if before + by < 0:
                raise OutOfStock(sku, -by, before)
            db.execute(
                "INSERT OR REPLACE INTO stock VALUES (?, ?, ?, ?)",
                (sku, warehouse, before + by, now.isoformat()),
            )
        return StockLine(sku, warehouse, before + by, now)

    def move(self, sku: str, source: str, target: str, quantity: int) -> None:
        """Carries pieces from one warehouse to another."""
        self.change_quantity(sku, source, -quantity)
        self.change_quantity(sku, target, quantity)

    def reservations(self, sku: str) -> list[Reservation]:
        rows = self._connection.execute("SELECT * FROM reservation WHERE sku = ?", (sku,))
        return [
            Reservation(
                row["order_id"], row["sku"], row["quantity"], datetime.fromisoformat(row["expires_at"])
            )
            for row in rows
        ]

    def save_reservation(self, reservation: Reservation) -> None:
        with self.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO reservation VALUES (?, ?, ?, ?)",
                (
                    reservation.order_id,
                    reservation.sku,
                    reservation.quantity,
                    reservation.expires_at.isoformat(),
                ),
            )

    def delete_reservation(self, order_id: str, sku: str) -> bool:
        with self.transaction() as db:
            cursor = db.execute(
                "DELETE FROM reservation WHERE order_id = ? AND sku = ?", (order_id, sku)
            )
        return cursor.rowcount > 0
