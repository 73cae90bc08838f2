from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from stockroom.models import OutOfStock, Product, Reservation
from stockroom.reservations import ReservationDesk
from stockroom.storage import Storage


@pytest.fixture
def storage():
    storage = Storage(":memory:")
    storage.save_product(Product("LAMP-1", "Desk lamp", Decimal("24.50")))
    storage.change_quantity("LAMP-1", "north", 8)
    yield storage
    storage.close()


def test_reserved_goods_are_not_available(storage):
    desk = ReservationDesk(storage)
    desk.reserve("order-1", "LAMP-1", 5)
    assert desk.available("LAMP-1") == 3


def test_too_much_is_refused(storage):
    desk = ReservationDesk(storage)
    with pytest.raises(OutOfStock):
        desk.reserve("order-1", "LAMP-1", 9)


def test_expired_reservations_are_swept(storage):
    desk = ReservationDesk(storage)
    long_ago = datetime.now() - timedelta(hours=2)
    storage.save_reservation(Reservation("old", "LAMP-1", 4, long_ago))
    assert desk.available("LAMP-1") == 8
    assert desk.sweep_expired("LAMP-1") == 1
