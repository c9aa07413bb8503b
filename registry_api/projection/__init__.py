"""The read path: the chain's events, folded by :mod:`registry_sdk.projection` and kept as rows that can be queried.

The same fold serves the audit, so the service has no view of its own on what an event means.
"""
