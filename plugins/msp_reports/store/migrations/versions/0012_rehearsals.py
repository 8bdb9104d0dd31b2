"""Revisions of a run that rehearses."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.get_bind().exec_driver_sql((sql_dir() / "schema" / "0012_rehearsals.sql").read_text(encoding="utf-8"))
