"""One case: a delivery, what disturbs it, its tries as Airflow makes them, and what is so at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue

from msp_reports.steps.defaults import RETRIES
from msp_reports.steps.run import ReportRef
from tests.faults.channels import REPEATABLE, Line, Way
from tests.faults.faults import Call, Disturbance, Scene
from tests.faults.lanes import Lane
from tests.faults.worker import End

RETRY_DELAY = 3.0
"""Seconds; as short as the demo has it, so that little time is left for anything to settle."""
A_DAY = 86_400.0
_ALLOWED = {(1, "sent"), (1, "unknown"), (0, "unknown"), (0, "failed")}
"""Copies that arrived, and what the ledger says: one copy, or none and a line that says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """The calls of a way, and which of them are made while the ledger says that it is being sent."""

    way: Way
    calls: tuple[Call, ...]
    sending: tuple[Call, ...]
    lines: frozenset[str]
    """Lines of the ledger that a run without trouble writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    protocol: Protocol
    disturbances: tuple[Disturbance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    case: Case
    tries: tuple[End, ...]
    lines: Mapping[str, Line]
    happened: bool
    """Every disturbance did. What is made out by looking again and again depends on how fast it goes."""
    wrong: tuple[str, ...]
    """Empty: as it has to be."""

    def __str__(self) -> str:
        """``1 sent``; where the task writes several lines, the one that is worst off."""
        worst = min(self.lines.values(), key=lambda line: (line.state == "sent", line.copies))
        return f"{worst.copies} {worst.state}"

    @property
    def told(self) -> str:
        """For whoever has to find out."""
        disturbed = ", then ".join(f"{one.call} {one.fault.value}" for one in self.case.disturbances)
        tries = "; ".join(f"{end.verdict} {end.said}".strip() for end in self.tries)
        return f"{self.case.protocol.way.name}: {disturbed}: {', '.join(self.wrong)} [{tries}]"


def learn(lane: Lane, way: Way, disturbance: Disturbance | None = None) -> Protocol:
    """Watch the calls of a run without trouble, or those that follow upon a disturbance."""
    report, sending = _begun(lane, way), []

    def watch(call: Call) -> None:
        if any(line.state == "sending" for line in lane.lines(way, report).values()):
            sending.append(call)

    scene = Scene(() if disturbance is None else (disturbance,), watch=watch)
    ends = _played(lane, way, report, scene)
    lines = lane.counted(way, report)
    if disturbance is None:
        assert [end.verdict for end in ends] == ["done"], f"{way.name} without trouble: {ends}"
        assert {(line.copies, line.state) for line in lines.values()} == {(1, "sent")}, lines
    return Protocol(way=way, calls=tuple(scene.calls), sending=tuple(sending), lines=frozenset(lines))


def run_case(lane: Lane, case: Case) -> Outcome:
    """Play it to its end. A task that failed is then cleared once more, as a person may do."""
    way = case.protocol.way
    report, scene = _begun(lane, way), Scene(case.disturbances)
    ends = _played(lane, way, report, scene)
    lines = lane.counted(way, report)
    wrong = list(_wrong(lines))
    if ends[-1].verdict != "done":
        lane.let_time_go_by(A_DAY)
        cleared = lane.try_once(way, report)
        after = lane.counted(way, report)
        wrong += [f"cleared once more ({cleared.verdict}): {fault}" for fault in _wrong(after)]
    if "hung" in {end.verdict for end in ends}:
        wrong.append("a worker hung")
    states = {line.state for line in lines.values()}
    if states <= {"sent"} and lines.keys() < case.protocol.lines:
        wrong.append(f"nothing tells of {', '.join(sorted(case.protocol.lines - lines.keys()))}")
    if ends[-1].verdict == "done" and states != {"sent"}:
        wrong.append("the task succeeded, and not all was sent")
    return Outcome(case=case, tries=tuple(ends), lines=lines, happened=scene.happened, wrong=tuple(wrong))


def _begun(lane: Lane, way: Way) -> ReportRef:
    report = lane.new_report(way)
    if way.ran_before:
        lane.proxy.scene = Scene()
        end = lane.try_once(way, report)
        assert end.verdict == "done", f"{way.name} the first time: {end}"
    return report


def _played(lane: Lane, way: Way, report: ReportRef, scene: Scene) -> list[End]:
    """Try as often as Airflow does; a worker that was killed has had its try."""
    lane.proxy.scene = scene
    ends = _tried(lane, way, report)
    if way.is_internal and ends[-1].verdict != "done":
        ends += _tried(lane, way, report)  # close_week publishes once more
    lane.close_books(report)
    return ends


def _tried(lane: Lane, way: Way, report: ReportRef) -> list[End]:
    ends: list[End] = []
    for _ in range(1 + RETRIES):
        ends.append(lane.try_once(way, report))
        lane.restore_database()
        if ends[-1].verdict in {"done", "failed"}:
            break
        waited = ends[-1].seconds
        lane.let_time_go_by(RETRY_DELAY if waited is None else waited)
    return ends


def _wrong(lines: Mapping[str, Line]) -> Iterator[str]:
    if not lines:
        yield "no line in the ledger"
    for name, line in lines.items():
        again = name in REPEATABLE and (line.copies, line.state) == (1, "failed")
        if not again and (line.copies, line.state) not in _ALLOWED:
            yield f"{name}: {line.copies} copies, and the ledger says {line.state}"


def run_all(lanes: Sequence[Lane], cases: Sequence[Case]) -> list[Outcome]:
    """Side by side, one in each lane."""
    free: SimpleQueue[Lane] = SimpleQueue()
    for lane in lanes:
        free.put(lane)

    def one(case: Case) -> Outcome:
        lane = free.get()
        try:
            return run_case(lane, case)
        finally:
            free.put(lane)

    with ThreadPoolExecutor(len(lanes)) as pool:
        return list(pool.map(one, cases))
