"""Bring in customers and orders from somebody's CSV and XLSX files."""

from huifang.customers.importing.run import import_file

__all__ = ["import_file"]
