"""The host that a probe asked."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0009_probed_hosts.sql").read_text(encoding="utf-8")
    )
