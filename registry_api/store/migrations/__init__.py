"""Schema migrations (Alembic), run in the program at start.

Each part of the service has its own branch, so parts never wait for one another:

* first revision of a part: ``versions/0001_<part>.py`` with ``revision = "0001_<part>"``, ``down_revision = None``,
  ``branch_labels = ("<part>",)``; later ones ``0002_<part>.py`` with ``down_revision = "0001_<part>"``.
* a foreign key into another part's table needs ``depends_on = "0001_<other part>"``.

``migrate`` brings all branches to their heads, in one transaction.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from registry_api.store.engine import write_transaction

ADVISORY_LOCK = 775_001


def alembic_config(connection: Connection) -> Config:
    """Alembic settings bound to an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> None:
    """Bring the database to the newest schema; safe when several processes start at once."""
    with write_transaction(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        command.upgrade(alembic_config(connection), "heads")
