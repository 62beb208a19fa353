"""Where everything is kept: connections, tables and migrations, the same on SQLite and PostgreSQL."""

from engine.storage.database import Database

__all__ = ["Database"]
