"""Which answers each number of the report rests on: system, query window, time of fetching, rows read.

A number is traced to the answers that its section was counted from: this week's for what is of this
week, an earlier week's for `before` and `history`. Limits come from the agreement with the customer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from typing import Any

from msp_reports.domain.grounds import ground_of
from msp_reports.domain.records import Source
from msp_reports.domain.report import Finding, Ground, Provenance, Recommendation, ReportModel, Rule
from msp_reports.domain.trends import HISTORY_WEEKS
from msp_reports.domain.week import ReportingWeek

Path = tuple[str | int, ...]

AGREED = "agreed"
"""Name of the origin of targets and thresholds, which no system was asked for."""
LEDGER = "ledger"
"""Name of the origin of which revision reached the customer."""
_AGREED_FIELDS = {"target", "threshold", "rpo_hours"}
_FROM_THE_START_OF_THE_WEEK = {("security", "score"), ("security", "controls")}
"""Compared with how they were when the week began, which the same answer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One system's answer for one week. Without times: agreed with the customer, not fetched."""

    system: str
    week: str | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    fetched_at: datetime | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    origins: Mapping[str, Origin]
    """By name: system and week."""
    numbers: Mapping[str, tuple[str, ...]]
    """Path of a number or sentence in the model, such as ``uptime.sites[0].uptime.value`` → origins."""


def trace(model: ReportModel) -> Trace:
    """Trace every number of the model, and each sentence, which may hold numbers too."""
    answers = _Answers(model)
    told = {path_text(path): answers.of(path) for path, _ in numbers(model)}
    told |= {f"summary[{n}]": answers.of_ground(ground) for n, ground in enumerate(model.summary_grounds)}
    told |= {f"findings[{n}].sentence": answers.of_findings([each]) for n, each in enumerate(model.findings)}
    told |= {
        f"recommendations[{n}].text": answers.of_findings(_behind(advice, model.findings))
        for n, advice in enumerate(model.recommendations)
    }
    told |= {f"rules[{n}]": (AGREED,) for n in range(len(model.rules))}
    used = {name for names in told.values() for name in names}
    origins = {name: origin for name, origin in answers.origins.items() if name in used}
    return Trace(origins=origins, numbers=told)


def numbers(value: object, path: Path = ()) -> Iterator[tuple[Path, float]]:
    """Walk to every int and float, with its path. True and False are no numbers."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield path, value
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from numbers(item, (*path, place))
    elif is_dataclass(value):
        for field in fields(value):
            yield from numbers(getattr(value, field.name), (*path, field.name))


def path_text(path: Path) -> str:
    """``("uptime", "sites", 0, "devices")`` as ``uptime.sites[0].devices``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


class _Answers:
    """The answers of this week and of those before, by how many weeks back."""

    def __init__(self, model: ReportModel) -> None:
        self._model = model
        self._week = week = ReportingWeek.parse(model.week, model.zone)
        earlier = {past.week: past.provenance for past in model.earlier}
        labels = [week.prior(back).label for back in range(HISTORY_WEEKS)]
        self._weeks = [(label, earlier.get(label, ())) for label in labels]
        self._weeks[0] = (model.week, model.provenance)
        self.origins = {AGREED: Origin(system="Agreed with the customer")}
        self.origins[LEDGER] = Origin(system="Ledger of deliveries")
        for label, entries in self._weeks:
            self.origins |= {_name(entry, label): _origin(entry, label) for entry in entries}

    def of(self, path: Path) -> tuple[str, ...]:
        top, last = path[0], path[-1]
        if top in {"provenance", "earlier"}:
            return self._itself(path)
        if top == "correction":
            return (LEDGER,)
        if last in _AGREED_FIELDS:
            return (AGREED,)
        if top == "findings":
            return self._of_finding(path)
        return self._names(_sources(top), self._weeks_back(path))

    def of_ground(self, ground: Ground) -> tuple[str, ...]:
        """Return the answers of this week and of those before it that a sentence tells of."""
        backs = [back for back, (label, _) in enumerate(self._weeks) if label >= ground.since]
        return tuple(name for back in backs for name in self._names(set(ground.sources), back))

    def of_findings(self, findings: Iterable[Finding]) -> tuple[str, ...]:
        return self.of_ground(ground_of(findings, self._week))

    def _of_finding(self, path: Path) -> tuple[str, ...]:
        finding = self._model.findings[int(path[1])]
        earlier = path[-1] == "before" and finding.rule is not Rule.POSTURE_DROP
        return self._names({finding.source}, int(earlier))

    def _weeks_back(self, path: Path) -> int:
        if path[-1] == "before":
            return int(path[:2] not in _FROM_THE_START_OF_THE_WEEK)
        if path[-2:-1] == ("history",):
            return len(self._at(path[:-1])) - 1 - int(path[-1])
        return 0

    def _itself(self, path: Path) -> tuple[str, ...]:
        """What is said about an answer is of that answer."""
        if path[0] == "provenance":
            return (_name(self._model.provenance[int(path[1])], self._model.week),)
        past = self._model.earlier[int(path[1])]
        return (_name(past.provenance[int(path[3])], past.week),)

    def _names(self, sources: set[Source], back: int) -> tuple[str, ...]:
        label, entries = self._weeks[back]
        return tuple(_name(entry, label) for entry in entries if entry.available and entry.source in sources)

    def _at(self, path: Path) -> tuple[object, ...]:
        value: Any = self._model
        for step in path:
            value = value[step] if isinstance(step, int) else getattr(value, step)
        return tuple(value)


def _behind(advice: Recommendation, findings: Sequence[Finding]) -> list[Finding]:
    """The finding that a recommendation is tied to, or where it is counted with others, those of its rule."""
    alike = [finding for finding in findings if finding.rule is advice.rule]
    return [finding for finding in alike if finding.entity == advice.entity] or alike


def _sources(top: str | int) -> set[Source]:
    return {Source(top)} if top in set(Source) else set(Source)


def _name(entry: Provenance, week: str) -> str:
    return f"{entry.system} {week}"


def _origin(entry: Provenance, week: str) -> Origin:
    return Origin(
        system=entry.system,
        week=week,
        window_start=entry.window_start,
        window_end=entry.window_end,
        fetched_at=entry.fetched_at,
        rows=entry.rows,
    )
