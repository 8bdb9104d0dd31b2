"""Mail to each recipient alone, in place of the one to all."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0013_mail_to_each.sql").read_text(encoding="utf-8")
    )
