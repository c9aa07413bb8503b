"""`registry certificate`: print and verify certificates of compliance, from the chain alone."""

from registry_cli.certificates.commands import app

__all__ = ["app"]
