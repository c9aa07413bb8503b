"""``registry order``: build, read, sign, submit and follow the orders of an account."""

from registry_cli.orders.commands import app

__all__ = ["app"]
