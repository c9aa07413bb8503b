"""Every table of the service: importing this module fills ``metadata`` from all ``*_tables.py`` beside it."""

import pkgutil
from importlib import import_module

import registry_api.store
from registry_api.store.chain_tables import chain_clock, chain_journal
from registry_api.store.metadata import metadata

for _module in pkgutil.iter_modules(registry_api.store.__path__):
    if _module.name.endswith("_tables"):
        import_module(f"registry_api.store.{_module.name}")

__all__ = ["chain_clock", "chain_journal", "metadata"]
