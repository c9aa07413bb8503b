"""The verifier: re-derives the registry from its events and compares. Needs a node and the deployment file."""

from registry_sdk.audit.audit import audit
from registry_sdk.audit.compare import Difference, compare
from registry_sdk.audit.database import Check, Database, DatabaseRows
from registry_sdk.audit.errors import AuditError
from registry_sdk.audit.report import Report

__all__ = ["AuditError", "Check", "Database", "DatabaseRows", "Difference", "Report", "audit", "compare"]
