"""Alembic environment: the connection is Airflow's own."""

from __future__ import annotations

from airflow import settings
from alembic import context

VERSION_TABLE = "alembic_version_msp_reports"

if context.is_offline_mode():
    context.configure(
        url=settings.SQL_ALCHEMY_CONN,
        version_table=VERSION_TABLE,
        literal_binds=True,
        dialect_name="postgresql",
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    with settings.get_engine().connect() as connection:
        context.configure(connection=connection, version_table=VERSION_TABLE)
        with context.begin_transaction():
            context.run_migrations()
