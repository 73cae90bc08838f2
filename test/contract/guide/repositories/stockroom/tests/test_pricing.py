from decimal import Decimal

import pytest

from stockroom.pricing import bulk_discount, order_total


@pytest.mark.parametrize(
    ("quantity", "share"),
    [(1, "0"), (20, "0.05"), (49, "0.05"), (50, "0.10"), (250, "0.15")],
)
def test_discount_grows_with_the_order(quantity, share):
    assert bulk_discount(quantity) == Decimal(share)


def test_total_includes_the_tax():
    assert order_total(Decimal("10.00"), 2) == Decimal("23.80")


def test_total_without_tax():
    assert order_total(Decimal("10.00"), 20, with_vat=False) == Decimal("190.00")


def test_nothing_cannot_be_ordered():
    with pytest.raises(ValueError):
        order_total(Decimal("10.00"), 0)
