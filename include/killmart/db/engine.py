"""The one engine builder: SQLAlchemy over psycopg2, UTC, named in pg_stat_activity."""

from __future__ import annotations

from sqlalchemy import Engine, create_engine


def build_engine(url: str) -> Engine:
    """Engine for the warehouse at `url` (`postgresql+psycopg2://…`), with a small pool that checks its connections."""
    return create_engine(
        url,
        pool_size=4,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={"application_name": "killmart", "options": "-c timezone=UTC"},
    )
