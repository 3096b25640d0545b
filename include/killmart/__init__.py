"""Killmart: a complete, validated PostgreSQL warehouse of EVE Online killmails."""

__version__ = "0.1.0"
