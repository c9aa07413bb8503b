"""What stops an audit."""


class AuditError(Exception):
    """The audit cannot be carried out: no node, no deployment, an old block whose state is gone, a changed chain."""
