"""What Veeam Service Provider Console's heatmap tells of a week's job sessions, in words.

It counts jobs and not machines, and is a preview of the vendor's: no number of a report comes from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msp_reports.domain.errors import ForeignRowError
from msp_reports.domain.notes import Note, noted, noted_of
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.rows import RowReader, as_utc, rows_of
from msp_reports.sources.veeam_console_rows import JobSession, VeeamConsoleScope

_GOOD, _OVER = frozenset({"success", "warning"}), frozenset({"success", "warning", "failed"})


def sessions_told(
    payload: Mapping[str, Any], scope: VeeamConsoleScope, week: ReportingWeek, reader: RowReader
) -> list[Note]:
    """Say how the week's sessions ended, or that it is not known.

    The console deletes old sessions without a word: that the week is whole is known only where a session
    from before it is still listed.

    Raises:
        ForeignRowError: a session is of another company's job.
    """
    if payload.get("sessions") is None:
        return [noted("Runs are not known: this console does not tell of past job sessions.")]
    since = payload.get("sessions_from")
    if since is None or as_utc(since) >= week.start_utc:
        return [
            noted("Runs are not known: the console's job sessions do not reach back to the week's start.")
        ]
    servers = {
        str(row["managementAgentUid"]).lower(): str(row["instanceUid"]).lower()
        for row in rows_of(payload, "servers")
    }
    jobs = rows_of(payload, "session_jobs")
    rows = rows_of(payload, "sessions")
    whose = [scope.ran(row, jobs, servers) for row in rows]
    if False in whose:
        raise ForeignRowError("Veeam Service Provider Console: a job session is another company's.")
    mine = [row for row, is_mine in zip(rows, whose, strict=True) if is_mine]
    others = [row for row, is_mine in zip(rows, whose, strict=True) if is_mine is None]
    results = _results(mine, week, reader)
    good, over = (sum(result in kind for result in results) for kind in (_GOOD, _OVER))
    unsure = len(_results(others, week, reader))
    told = [
        noted_of(
            over,
            "The console tells runs by job, not by machine: of {number} backup job session in the week, "
            "{good} succeeded and {failed} failed.",
            "The console tells runs by job, not by machine: of {number} backup job sessions in the week, "
            "{good} succeeded and {failed} failed.",
            good=good,
            failed=over - good,
        )
        if over
        else noted("Runs are not known: the console tells of no finished backup job session in the week.")
    ]
    if unsure:
        told.append(
            noted(
                "Backup job sessions not counted, as the console no longer lists their job or lists several "
                "of its name: {sessions}. Whose they are is not known.",
                sessions=unsure,
            )
        )
    return told


def _results(rows: list[Mapping[str, Any]], week: ReportingWeek, reader: RowReader) -> list[str]:
    return [
        session.result.casefold()
        for session in reader.read(JobSession, rows, "job session", key="sessionUid")
        if session.job_type.casefold() == "backup" and session.end_time and week.contains(session.end_time)
    ]
