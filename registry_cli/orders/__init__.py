"""``registry order``: build, read, sign, submit and follow the orders of an account."""

from registry_cli.orders.commands import app
from registry_cli.orders.objection import app as objections

app.registered_commands += objections.registered_commands

__all__ = ["app"]
