"""Alembic's migrations of the catalogue; they run by themselves when a vault is opened."""
