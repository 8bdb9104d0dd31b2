"""What the provider's own people are sent, in a ledger of its own."""

from __future__ import annotations

from alembic import op

from msp_reports.assets import sql_dir

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.get_bind().exec_driver_sql(
        (sql_dir() / "schema" / "0011_internal_messages.sql").read_text(encoding="utf-8")
    )
