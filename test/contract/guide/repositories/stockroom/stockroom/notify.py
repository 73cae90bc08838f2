"""Tells the buyer when goods run low."""

from __future__ import annotations

import logging
import smtplib
from email.message import EmailMessage

from .models import Product

log = logging.getLogger("stockroom.notify")


class Mailer:
    """Sends plain mails through one SMTP server."""

    def __init__(self, host: str, sender: str, enabled: bool = True) -> None:
        self.host = host
        self.sender = sender
        self.enabled = enabled

    def send(self, recipient: str, subject: str, body: str) -> bool:
        if not self.enabled:
            log.info("mail is off, would have sent %r to %s", subject, recipient)
            return False
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = recipient
        message["Subject"] = subject
        message.set_content(body)
        with smtplib.SMTP(self.host, timeout=10) as server:
            server.send_message(message)
        return True


def warn_low_stock(mailer: Mailer, product: Product, quantity: int, buyer: str) -> bool:
    """Mails the buyer once a product falls under its reorder level."""
    if quantity >= product.reorder_level:
        return False
    subject = f"{product.name} is running low"
    body = f"Only {quantity} pieces of {product.sku} are left. Please reorder."
    return mailer.send(buyer, subject, body)
