"""The read of Veeam Service Provider Console's heatmap of job sessions, and of what tells whose they are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msp_reports.domain.errors import ChangedShapeError, PermissionMissingError
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.veeam_console_api import LABEL, Company, Console, Row, kept, moment_of
from msp_reports.hooks.verdicts import UnexpectedStatusError

SESSIONS_BACK = timedelta(days=2)
"""A session from before the week tells that the console still lists the week's own."""
_SERVER = ("instanceUid", "managementAgentUid")
_SESSION = (
    "sessionUid",
    "organizationUid",
    "managementAgentUid",
    "jobName",
    "jobType",
    "workloadType",
    "result",
    "endTime",
)


def read_sessions(console: Console, scope: Company, jobs: list[Row], week: ReportingWeek) -> Row:
    """Read the heatmap, a preview operation, with what tells whose its sessions are.

    Returns:
        ``sessions``: this company's and those that may be; None where this console does not offer them.
        ``sessions_from``: when the first session ended of all that the console listed, anyone's.
        ``session_jobs`` and ``servers``: for `Company.ran`.
    """
    edges = {"from": (week.start_utc - SESSIONS_BACK).isoformat(), "to": week.end_utc.isoformat()}
    try:
        body = console.client.get(f"{console.url}/infrastructure/jobSessionHeatmap/", params=edges).body
        listed = console.rows("/infrastructure/backupServers", _SERVER, None)
    except (UnexpectedStatusError, PermissionMissingError):
        return {"sessions": None}
    rows = _sessions(body)
    servers = [row for row in listed if row.get("instanceUid") and row.get("managementAgentUid")]
    by_agent = {str(row["managementAgentUid"]).lower(): str(row["instanceUid"]).lower() for row in servers}
    mine = [row for row in rows if scope.ran(row, jobs, by_agent) is not False]
    agents = {str(row.get("managementAgentUid")).lower() for row in mine}
    places = {str(job.get("backupServerUid")).lower() for job in jobs}
    ended = [moment for moment in (moment_of(row.get("endTime")) for row in rows) if moment]
    return {
        "sessions": [kept(row, _SESSION) for row in mine],
        "sessions_from": min(ended).isoformat() if ended else None,
        "session_jobs": jobs,
        "servers": [
            row
            for row in servers
            if str(row["managementAgentUid"]).lower() in agents or str(row["instanceUid"]).lower() in places
        ],
    }


def _sessions(body: Any) -> list[Row]:
    data = body.get("data") if isinstance(body, dict) else None
    days = data.get("dataPerDays") if isinstance(data, dict) else 0
    if days is not None and not isinstance(days, list):
        raise ChangedShapeError(f"{LABEL}: the heatmap has no dataPerDays. Check the connection's host.")
    return [row for day in days or () for row in day.get("sessions") or ()]
