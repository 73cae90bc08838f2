"""What an order costs."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

# Pieces from which a discount holds, and how much is taken off.
DISCOUNT_STEPS = [
    (100, Decimal("0.15")),
    (50, Decimal("0.10")),
    (20, Decimal("0.05")),
]
VAT_RATE = Decimal("0.19")


def bulk_discount(quantity: int) -> Decimal:
    """The share that is taken off for a large order."""
    for threshold, share in DISCOUNT_STEPS:
        if quantity >= threshold:
            return share
    return Decimal("0")


def round_cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def order_total(unit_price: Decimal, quantity: int, with_vat: bool = True) -> Decimal:
    """Price of an order line, after the discount, rounded to cents."""
    if quantity <= 0:
        raise ValueError("quantity must be positive")
    net = unit_price * quantity * (1 - bulk_discount(quantity))
    # The tax comes last so that the discount lowers it too.
    gross = net * (1 + VAT_RATE) if with_vat else net
    return round_cents(gross)
