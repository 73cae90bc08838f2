"""The HTTP face of Stockroom."""

from __future__ import annotations

from decimal import Decimal

from flask import Flask, jsonify, request

from .models import OutOfStock
from .pricing import order_total
from .reservations import ReservationDesk
from .settings import Settings
from .storage import Storage


def create_app(settings: Settings, storage: Storage) -> Flask:
    app = Flask("stockroom")
    desk = ReservationDesk(storage, settings.reservation_minutes, settings.max_per_order)

    @app.get("/health")
    def health():
        return jsonify(status="ok")

    @app.get("/stock/<sku>")
    def show_stock(sku: str):
        return jsonify(sku=sku, quantity=storage.quantity(sku), available=desk.available(sku))

    @app.post("/stock/<sku>")
    def add_stock(sku: str):
        body = request.get_json(force=True)
        line = storage.change_quantity(sku, body["warehouse"], int(body["by"]))
        return jsonify(sku=sku, warehouse=line.warehouse, quantity=line.quantity)

    @app.post("/reservations")
    def make_reservation():
        body = request.get_json(force=True)
        held = desk.reserve(body["order"], body["sku"], int(body["quantity"]))
        return jsonify(order=held.order_id, expires=held.expires_at.isoformat()), 201

    @app.delete("/reservations/<order>/<sku>")
    def drop_reservation(order: str, sku: str):
        return ("", 204) if desk.release(order, sku) else ("", 404)

    @app.get("/quote")
    def quote():
        price = Decimal(request.args["price"])
        return jsonify(total=str(order_total(price, int(request.args["quantity"]))))

    @app.errorhandler(OutOfStock)
    def out_of_stock(error: OutOfStock):
        return jsonify(error="out_of_stock", message=str(error)), 409

    @app.errorhandler(KeyError)
    def missing_field(error: KeyError):
        return jsonify(error="missing_field", message=f"{error} is missing"), 400

    return app
