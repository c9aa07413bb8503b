"""Storage: SQLAlchemy 2 Core, SQLite (WAL) by default, PostgreSQL by address.

To add tables: put ``registry_api/store/<part>_tables.py`` beside this file (it is found by its name), using the
``metadata`` of :mod:`registry_api.store.metadata`; add ``migrations/versions/0001_<part>.py`` (see
:mod:`registry_api.store.migrations`). ``tests/chain/test_store_migrations.py`` then checks that both agree.
"""

from registry_api.store.engine import create_store_engine, write_transaction
from registry_api.store.metadata import metadata
from registry_api.store.migrations import migrate

__all__ = ["create_store_engine", "metadata", "migrate", "write_transaction"]
