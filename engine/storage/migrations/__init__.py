"""Alembic's environment: every change of the schema since the first release, in order."""
