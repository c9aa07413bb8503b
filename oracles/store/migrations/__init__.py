"""Schema migrations (Alembic), run whenever the database is opened."""
