"""How statements arrive: files in a folder, and HTTP on loopback. Both end at the desk."""

from oracles.intake.documents import read_statement
from oracles.intake.http import build_intake
from oracles.intake.inbox import Inbox

__all__ = ["Inbox", "build_intake", "read_statement"]
