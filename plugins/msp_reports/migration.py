"""The report database's own migrations, run by ``airflow db migrate``.

Named in ``[database] external_db_managers``. The steps are plain SQL in include/sql/schema, so that
what is on the server can be read in one place; Alembic keeps count of which have run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.utils.db_manager import BaseDBManager
from sqlalchemy import MetaData

from msp_reports.domain.errors import DatabaseUnusableError
from msp_reports.sources.catalog import SYSTEMS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MIGRATIONS = Path(__file__).parent / "store" / "migrations"

SQLITE_REFUSED = (
    "msp_reports needs PostgreSQL: backfills run weeks side by side, and SQLite locks itself. "
    "Set AIRFLOW__DATABASE__SQL_ALCHEMY_CONN to a postgresql+psycopg2:// address."
)


class ReportsDBManager(BaseDBManager):
    """Creates and upgrades the schema ``msp_reports``."""

    metadata = MetaData()
    migration_dir = str(_MIGRATIONS)
    alembic_file = str(_MIGRATIONS / "alembic.ini")
    version_table_name = "alembic_version_msp_reports"
    supports_table_dropping = False

    def __init__(self, session: Session) -> None:
        if session.get_bind().dialect.name != "postgresql":
            raise DatabaseUnusableError(SQLITE_REFUSED)
        super().__init__(session)

    def create_db_from_orm(self) -> None:
        """Start from nothing by the same migrations: there is no ORM model to copy from."""
        from alembic import command

        command.upgrade(self.get_alembic_config(), "heads")

    def upgradedb(self, *args: Any, **kwargs: Any) -> None:
        super().upgradedb(*args, **kwargs)
        self._create_pools()

    def initdb(self, use_migration_files: bool = False) -> None:
        super().initdb(use_migration_files=use_migration_files)
        self._create_pools()

    def _create_pools(self) -> None:
        """Create each system's pool; a task whose pool does not exist would wait for ever.

        A pool that is there keeps the size that its operator gave it.
        """
        from airflow.models.pool import Pool  # noqa: TID251 - a migration, not a task

        for spec in SYSTEMS:
            if Pool.get_pool(spec.pool, session=self.session) is None:
                Pool.create_or_update_pool(
                    name=spec.pool,
                    slots=spec.slots,
                    description=f"Calls in flight to {spec.label}",
                    include_deferred=False,
                    session=self.session,
                )
        self.session.commit()

    def downgrade(self, to_revision: str, from_revision: Any = None, show_sql_only: bool = False) -> None:
        """Refuse: sent reports and their ledger are not thrown away by a command."""
        raise DatabaseUnusableError(
            "msp_reports has no downgrade; restore the database from its backup instead."
        )
