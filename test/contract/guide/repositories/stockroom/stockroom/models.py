"""The things that Stockroom keeps count of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True)
class Product:
    """Something that can lie on a shelf."""

    sku: str
    name: str
    unit_price: Decimal
    reorder_level: int = 10

    def __post_init__(self) -> None:
        if not self.sku.strip():
            raise ValueError("a product needs a sku")
        if self.unit_price < 0:
            raise ValueError(f"price of {self.sku} is negative")


@dataclass
class StockLine:
    """How many pieces of a product lie in one warehouse."""

    sku: str
    warehouse: str
    quantity: int
    updated_at: datetime = field(default_factory=datetime.now)

    @property
    def is_empty(self) -> bool:
        return self.quantity == 0


@dataclass
class Reservation:
    """Pieces that are held back for an order until it is paid."""

    order_id: str
    sku: str
    quantity: int
    expires_at: datetime

    def expired(self, now: datetime) -> bool:
        return now >= self.expires_at


class OutOfStock(Exception):
    """There are fewer pieces than were asked for."""

    def __init__(self, sku: str, wanted: int, available: int) -> None:
        super().__init__(f"{sku}: wanted {wanted}, only {available} left")
        self.sku = sku
        self.wanted = wanted
        self.available = available
