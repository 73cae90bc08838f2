"""Holding goods back for orders that are not paid yet."""

from __future__ import annotations

from datetime import datetime, timedelta

from .models import OutOfStock, Reservation
from .storage import Storage


class ReservationDesk:
    """Gives out reservations and takes them back."""

    def __init__(self, storage: Storage, lifetime_minutes: int = 30, max_per_order: int = 50) -> None:
        self._storage = storage
        self._lifetime = timedelta(minutes=lifetime_minutes)
        self._max_per_order = max_per_order

    def available(self, sku: str, now: datetime | None = None) -> int:
        """What is on the shelves minus what others hold."""
        now = now or datetime.now()
        held = sum(r.quantity for r in self._storage.reservations(sku) if not r.expired(now))
        return self._storage.quantity(sku) - held

    def reserve(self, order_id: str, sku: str, quantity: int) -> Reservation:
        if quantity > self._max_per_order:
            raise ValueError(f"an order can hold at most {self._max_per_order} pieces")
        left = self.available(sku)
        if left < quantity:
            raise OutOfStock(sku, quantity, left)
        reservation = Reservation(order_id, sku, quantity, datetime.now() + self._lifetime)
        self._storage.save_reservation(reservation)
        return reservation

    def release(self, order_id: str, sku: str) -> bool:
        """Puts the goods back on the shelf. False when nothing was held."""
        return self._storage.delete_reservation(order_id, sku)

    def sweep_expired(self, sku: str) -> int:
        """Throws away reservations whose time is over; says how many."""
        now = datetime.now()
        stale = [r for r in self._storage.reservations(sku) if r.expired(now)]
        for reservation in stale:
            self._storage.delete_reservation(reservation.order_id, sku)
        return len(stale)
