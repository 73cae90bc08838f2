"""Stockroom keeps count of goods in warehouses."""

__version__ = "2.3.1"
