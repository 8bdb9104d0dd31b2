"""Every way out of the house, and how to count what came out of it.

A new channel is one line in `COPIES`: how many copies of a delivery the estate has. If no way takes it yet,
give it a place in `places.py` and a line in `WAYS`: whose it is, and what the task of the Dag calls. Its
calls are learnt from a run without trouble, and its lines are read from the ledger: nothing else has to
be told.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from msp_reports.steps.run import ReportRef
    from msp_reports.store.ledger import Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger, and how many copies of what it is about have reached anybody."""

    key: str
    """By which a copy is known."""
    state: str
    error: str | None
    copies: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one task does with one report."""

    name: str
    house: str
    step: Callable[[ReportRef], object]
    report_state: str = "approved"
    ran_before: bool = False
    """The task has been through once, undisturbed: what is disturbed is its second run."""
    first_week: bool = False
    """No post stands from the weeks before."""
    only_sending: bool = False
    """Its other calls are disturbed by another way already."""
    is_to_each: bool = False
    """The mail to all was refused for one of its addresses, and mails to each are entered in its place."""
    is_internal: bool = False
    """It has its line among the internal messages."""

    def lines(self, connection: Connection, report: ReportRef) -> dict[str, Line]:
        """Return the lines of the ledger by channel; of a mail to each, by whose it is, too."""
        return _internal(connection, report) if self.is_internal else _deliveries(connection, report)


def _deliveries(connection: Connection, report: ReportRef) -> dict[str, Line]:
    from msp_reports.store.deliveries import DeliveryRepository
    from msp_reports.store.reports import ReportKey

    key = ReportKey(customer=report["code"], week=report["week"], revision=report["revision"])
    entries = {_name(entry): entry for entry in DeliveryRepository(connection).of_report(key)}
    known_by = {name: entry.key for name, entry in entries.items()}
    # Files and pins carry no key: a file is known by its name, a pin by the message that it holds up.
    known_by |= {name: f"{key.customer}-{key.week}" for name in entries if name in _FILES}
    if "teams_pin" in entries:
        known_by["teams_pin"] = entries["teams_chat"].remote_ids["activity_id"]
    return {
        name: Line(key=known_by[name], state=entry.state.value, error=entry.error)
        for name, entry in entries.items()
    }


_MAILS = ("gmail", "outlook")


def _name(entry: Delivery) -> str:
    """In a lane's own customer the same as in any other's."""
    alone = entry.channel in _MAILS and "," not in entry.recipients
    return f"{entry.channel} to {entry.recipients.partition('@')[0]}" if alone else entry.channel


def _internal(connection: Connection, report: ReportRef) -> dict[str, Line]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select channel, state, error from internal_message where week = %s", (report["week"],)
        )
        key = f"Weekly reports {report['week']}"
        return {name: Line(key=key, state=state, error=error) for name, state, error in cursor.fetchall()}


def email(report: ReportRef) -> object:
    from msp_reports.steps.deliver import email

    return email(report=report)


def teams(report: ReportRef) -> object:
    from msp_reports.steps.deliver import teams

    return teams(report=report)


def file_pdf(report: ReportRef) -> object:
    """One file of the archive, without its companions."""
    from msp_reports.steps.approve import key_of
    from msp_reports.steps.ledger import deliver
    from msp_reports.steps.packages import archive_channel, archive_package

    return deliver(key_of(report), archive_channel(report["code"]), archive_package, even_superseded=True)


def archive(report: ReportRef) -> object:
    from msp_reports.steps.deliver import archive

    return archive(report=report)


def post_rollup(report: ReportRef) -> object:
    """As in a run that delivers; Airflow's context is not there to ask."""
    from datetime import UTC, datetime

    from msp_reports.steps import rollup
    from msp_reports.steps.run import CustomerWeek, Run, Sending

    run = Run(
        run_id="faults",
        dag_id="weekly_customer_reports",
        week_over_at=datetime(2026, 11, 23, 5, tzinfo=UTC),
        logical_date=None,
        sending=Sending.DELIVERS,
        customer_code=None,
        last_try=False,
    )
    rollup.current_run = lambda: run
    return rollup.post_rollup(customers=[CustomerWeek(code=report["code"], week=report["week"])])


WAYS = (
    Way(name="gmail", house="google", step=email),
    Way(name="outlook", house="microsoft", step=email),
    Way(name="gmail, to each", house="google", step=email, is_to_each=True, only_sending=True),
    Way(name="outlook, to each", house="microsoft", step=email, is_to_each=True, only_sending=True),
    Way(name="teams channel", house="google", step=teams),
    Way(name="teams channel, first week", house="google", step=teams, first_week=True, only_sending=True),
    Way(name="teams channel, bot alone", house="bot-alone", step=teams),
    Way(name="teams chat", house="microsoft", step=teams),
    Way(name="drive", house="google", step=file_pdf),
    Way(name="drive, all files", house="google", step=archive, report_state="delivered", only_sending=True),
    Way(name="sharepoint", house="microsoft", step=file_pdf),
    Way(
        name="sharepoint, all files",
        house="microsoft",
        step=archive,
        report_state="delivered",
        only_sending=True,
    ),
    Way(name="roll-up", house="google", step=post_rollup, is_internal=True),
    Way(name="roll-up, edited", house="google", step=post_rollup, is_internal=True, ran_before=True),
    Way(name="roll-up, bot alone", house="bot-alone", step=post_rollup, is_internal=True),
    Way(name="roll-up, webhook", house="microsoft", step=post_rollup, is_internal=True),
)
BY_NAME: Mapping[str, Way] = {way.name: way for way in WAYS}


def mails(outbox: Path, key: str) -> int:
    """Mails that carry the delivery key in a header; drafts reach nobody."""
    return sum(key.encode() in _head(path) for path in outbox.glob("mail/*.eml"))


def posts(outbox: Path, key: str) -> int:
    return sum(key.encode() in path.read_bytes() for path in outbox.glob("teams/*.json"))


def drive_files(outbox: Path, key: str) -> int:
    """By the index: the same name twice would be one file in the outbox and two in Drive."""
    files = _read_whole(outbox / "drive.index.json")
    return sum(file["appProperties"].get("rptKey") == key for file in files)


def library_files(outbox: Path, key: str, *, suffix: str, where: str = "sharepoint") -> int:
    return sum(1 for _ in (outbox / where).glob(f"**/{key}{suffix}"))


def pins(outbox: Path, key: str) -> int:
    held = [_read_whole(path) for path in outbox.glob("pins/*.json")]
    return sum(message == key for chat in held for message in chat.values())


_FILES: Mapping[str, Callable[[Path, str], int]] = {
    "teams_file": partial(library_files, suffix=".pdf", where="channel"),
    "sharepoint": partial(library_files, suffix=".pdf"),
    "sharepoint_json": partial(library_files, suffix=".json"),
    "sharepoint_markdown": partial(library_files, suffix=".md"),
}
COPIES: Mapping[str, Callable[[Path, str], int]] = {
    "gmail": mails,
    "outlook": mails,
    "teams": posts,
    "teams_standing": posts,
    "teams_chat": posts,
    "teams_pin": pins,
    "drive": drive_files,
    "drive_json": drive_files,
    "drive_markdown": drive_files,
    "rollup": posts,
    **_FILES,
}
"""By the channel's name in the ledger: copies that reached somebody, by what they are known by."""


REPEATABLE = frozenset({"teams_pin", "teams_standing"})
"""Made again without a second copy, whatever became of it before. What failed may stand all the same, less
finished than it should be: last week's pin beside this week's."""


def counted(lines: Mapping[str, Line], outbox: Path) -> dict[str, Line]:
    return {
        name: replace(line, copies=COPIES[name.partition(" ")[0]](outbox, line.key))
        for name, line in lines.items()
    }


def _head(path: Path) -> bytes:
    with path.open("rb") as mail:
        return mail.read(4096)


def _read_whole(path: Path) -> Any:
    """The estate may be writing it at this moment, for another case."""
    for _ in range(100):
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except json.JSONDecodeError:
            time.sleep(0.02)
    raise AssertionError(f"{path} is never whole")
