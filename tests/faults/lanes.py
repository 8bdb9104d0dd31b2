"""A lane: a database, a proxy and a worker of its own, so that several cases go on side by side."""

from __future__ import annotations

import json
import multiprocessing
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg2

from demo.setting import Setting
from msp_reports.assets import sql_dir
from msp_reports.rendering.attachments import report_json
from msp_reports.rendering.pdf import render_pdf
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import ReportRef
from msp_reports.store.deliveries import DeliveryRepository
from msp_reports.store.internal_messages import InternalMessageRepository
from msp_reports.store.ledger import DeliveryState
from msp_reports.store.reports import Approval, ReportKey, ReportRepository
from msp_reports.store.sealed_files import FileKind, SealedFileRepository
from tests.faults.channels import Line, Way, counted
from tests.faults.places import customer_of, recipients_of, write_houses
from tests.faults.proxy import FaultProxy, standing
from tests.faults.worker import End, Order, work
from tests.unit.rendering import models

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

HUNG = 120.0
A_MOMENT = 0.25
"""Seconds; longer than the estate takes for anything that it does behind a caller's back."""
WEEKS = 50
"""Used of a year; every case has a week of its own."""
_FORKED = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Sealed:
    """What every case sends: one report, really drawn."""

    model: str
    markdown: str
    pdf: bytes
    json: bytes

    @classmethod
    def drawn(cls) -> Sealed:
        model = models.bad("DC01")
        drawn = render_pdf(model)
        return cls(dump_model(model), drawn.markdown, drawn.pdf, report_json(model))


@dataclass(slots=True)
class Lane:
    number: int
    sealed: Sealed
    setting: Setting
    server: str
    """Socket folder of the PostgreSQL."""
    proxy: FaultProxy = field(init=False)
    _cases: int = 0

    def __post_init__(self) -> None:
        self.proxy = FaultProxy(estate_port=self.setting.estate_port, cut_database=self.cut_database)

    @property
    def database(self) -> str:
        return f"faults_{self.number}"

    def connect(self) -> Connection:
        options = "-c timezone=UTC -c search_path=msp_reports"
        return psycopg2.connect(host=self.server, user="postgres", dbname=self.database, options=options)

    def make_database(self) -> None:
        administer(self.server, f"drop database if exists {self.database} with (force)")
        administer(self.server, f"create database {self.database}")
        with self.connect() as connection, connection.cursor() as cursor:
            for path in sorted((sql_dir() / "schema").glob("*.sql")):
                cursor.execute(path.read_text(encoding="utf-8"))
        connection.close()

    def cut_database(self) -> None:
        """Nobody gets in any more, and whoever is in is thrown out."""
        administer(
            self.server,
            f"alter database {self.database} allow_connections false",
            f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{self.database}'",  # noqa: S608
        )

    def restore_database(self) -> None:
        administer(self.server, f"alter database {self.database} allow_connections true")

    def new_report(self, way: Way) -> ReportRef:
        """An approved report of a week that no other case has."""
        year, week = divmod(self._cases, WEEKS)
        self._cases += 1
        label = f"{2100 + 20 * self.number + year}-W{week + 1:02d}"
        key = ReportKey(customer=customer_of(way.house, self.number), week=label, revision=1)
        with self.connect() as connection:
            self._seal(connection, key, way.report_state)
            if way.is_to_each:
                self._divide(connection, key, channel=way.name.partition(",")[0])
            if way.first_week:
                connection.cursor().execute("delete from standing_post")
        connection.close()
        return ReportRef(code=key.customer, week=key.week, revision=key.revision)

    def _seal(self, connection: Connection, key: ReportKey, state: str) -> None:
        reports, files, sealed = ReportRepository(connection), SealedFileRepository(connection), self.sealed
        draft: dict[str, Any] = {"model": sealed.model, "markdown": sealed.markdown, "pdf": sealed.pdf}
        reports.save_draft(customer=key.customer, week=key.week, run_id="faults", **draft)
        digest = sha256(sealed.pdf).hexdigest()
        approval = Approval(
            sha256=digest,
            draft_sha256=digest,
            approved_by="Jana",
            approved_at=datetime(2026, 11, 23, tzinfo=UTC),
            how="answered",
            edits="",
        )
        reports.seal(key, approval=approval, **draft)
        files.save(key, approved=digest, kind=FileKind.MARKDOWN, content=sealed.markdown.encode())
        files.save(key, approved=digest, kind=FileKind.JSON, content=sealed.json)
        reports.set_state(key, state)

    def _divide(self, connection: Connection, key: ReportKey, *, channel: str) -> None:
        ledger, digest = DeliveryRepository(connection), sha256(self.sealed.pdf).hexdigest()
        each = recipients_of(key.customer)
        whole = ledger.plan(key, channel=channel, recipients=",".join(each), digest=digest)
        ledger.record(whole.key, DeliveryState.FAILED, error="refused")
        ledger.plan_instead(key, channel=channel, recipients=each, of_channels=[channel], digest=digest)

    def lines(self, way: Way, report: ReportRef) -> dict[str, Line]:
        with self.connect() as connection:
            found = way.lines(connection, report)
        connection.close()
        return found

    def counted(self, way: Way, report: ReportRef) -> dict[str, Line]:
        return counted(self.lines(way, report), self.setting.outbox)

    def let_time_go_by(self, seconds: float) -> None:
        """For the ledger: all of it. For the estate, which takes a moment for some things: that moment."""
        time.sleep(A_MOMENT)
        with self.connect() as connection, connection.cursor() as cursor:
            for table in ("delivery", "internal_message"):
                cursor.execute(
                    f"update {table} set tried_at = tried_at - make_interval(secs => %s)",  # noqa: S608
                    (float(seconds),),
                )
        connection.close()

    def close_books(self, report: ReportRef) -> None:
        """What the run does at its end, whatever became of its tasks."""
        key = ReportKey(customer=report["code"], week=report["week"], revision=report["revision"])
        with self.connect() as connection:
            DeliveryRepository(connection).close(key)
            InternalMessageRepository(connection).close(key.week)
        connection.close()

    def try_once(self, way: Way, report: ReportRef) -> End:
        (end,) = self.try_together(way, report, workers=1)
        return end

    def try_together(self, way: Way, report: ReportRef, *, workers: int) -> list[End]:
        """Let workers loose on one delivery at the same moment; each one's end, as Airflow sees it."""
        order = Order(way=way.name, report=report, environment=self.environment(way))
        started = [_start(order) for _ in range(workers)]
        self.proxy.worker = started[0][0].pid or 0
        for _, pipe in started:
            pipe.send("go")
        return [self._end(process, pipe) for process, pipe in started]

    def _end(self, process: Any, pipe: Pipe) -> End:
        pid = process.pid
        try:
            end: End = pipe.recv() if pipe.poll(HUNG) else End(verdict="hung")
        except EOFError:
            end = End(verdict="killed")
        finally:
            pipe.close()
        if end.verdict == "hung":
            process.kill()
        process.join()
        process.close()
        if end.verdict == "killed":
            assert pid in self.proxy.killed, "the worker ended by itself, without a word"
        return end

    def environment(self, way: Way) -> Mapping[str, str]:
        """The demo's configuration, with every vendor behind the proxy."""
        estate, proxy = f"127.0.0.1:{self.setting.estate_port}", f"127.0.0.1:{self.proxy.port}"
        told: dict[str, Any] = json.loads(json.dumps(self.setting.connections()).replace(estate, proxy))
        key = json.loads(Path(told["google_workspace"]["extra"].pop("key_path")).read_text(encoding="utf-8"))
        key["token_uri"] = key["token_uri"].replace(estate, proxy)
        told["google_workspace"]["extra"]["keyfile_dict"] = key
        told["msp_reports_db"] = {
            "conn_type": "postgres",
            "login": "postgres",
            "schema": self.database,
            "extra": {"socket_dir": self.server},
        }
        connections = {f"AIRFLOW_CONN_{name.upper()}": json.dumps(entry) for name, entry in told.items()}
        return {**connections, "MSP_REPORTS_CONFIG": str(self.setting.build / "houses" / way.house)}


@contextmanager
def lanes_of(count: int, *, setting: Setting, server: str) -> Iterator[list[Lane]]:
    _FORKED.set_forkserver_preload(["tests.faults.worker"])
    sealed = Sealed.drawn()
    lanes = [Lane(number, sealed, setting, server) for number in range(count)]
    write_houses(setting.build / "houses", count)
    with ExitStack() as stack:
        for lane in lanes:
            lane.make_database()
            stack.enter_context(standing(lane.proxy))
        yield lanes


def administer(server: str, *statements: str) -> None:
    """From a database that is never cut off."""
    connection = psycopg2.connect(host=server, user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _start(order: Order) -> tuple[Any, Pipe]:
    ours, theirs = _FORKED.Pipe()
    process = _FORKED.Process(target=work, args=(order, theirs), daemon=True)
    process.start()
    theirs.close()
    assert ours.recv() == "ready"
    return process, ours
