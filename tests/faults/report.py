"""The table of results: a line for each call of each way, a column for each fault."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.faults.cases import Outcome
from tests.faults.faults import Fault

LEGEND = (
    "`1`: one copy, and the ledger says sent. `1?`: one copy, left to a person as unknown. `0?`: none, left "
    "to a person as unknown. `0✗`: none, the ledger says failed. `1✗`: the same of a pin or an edit, which "
    "stands and is made again without harm. `!`: anything else."
)
_MARKS = {"1 sent": "1", "1 unknown": "1?", "0 unknown": "0?", "0 failed": "0✗", "1 failed": "1✗"}


def mark(outcome: Outcome) -> str:
    return "!" if outcome.wrong else _MARKS[str(outcome)]


def summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line for each way, and one for all."""
    ways: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for name in (outcome.case.protocol.way.name, "all"):
            ways.setdefault(name, Counter())[mark(outcome)] += 1
    marks = (*_MARKS.values(), "!")
    yield f"{'':20}{'cases':>7}" + "".join(f"{one:>7}" for one in marks)
    everything = ways.pop("all", Counter())
    for name, counted in [*ways.items(), ("all", everything)]:
        yield f"{name:20}{counted.total():>7}" + "".join(f"{counted[one]:>7}" for one in marks)


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Markdown."""
    yield "# Fault matrix\n"
    yield "\n".join(["```", *summary(outcomes), "```"])
    yield f"\n{LEGEND}\n"
    rows: dict[tuple[str, str], dict[Fault, str]] = {}
    for outcome in outcomes:
        *before, last = outcome.case.disturbances
        earlier = "".join(f"{one.call} {one.fault.value}, then " for one in before)
        place = (outcome.case.protocol.way.name, f"{earlier}{last.call}")
        rows.setdefault(place, {})[last.fault] = mark(outcome)
    faults = tuple(Fault)
    yield "| way | call | " + " | ".join(fault.value for fault in faults) + " |"
    yield "|---|---|" + "---|" * len(faults)
    for (way, call), marks in rows.items():
        yield f"| {way} | `{call}` | " + " | ".join(marks.get(fault, "") for fault in faults) + " |"


def kept(outcomes: Sequence[Outcome], folder: Path) -> Path:
    """Write ``faults.md`` and ``faults.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "faults.md"
    path.write_text("\n".join(table(outcomes)) + "\n", encoding="utf-8")
    entries = json.dumps([_entry(outcome) for outcome in outcomes], indent=1)
    (folder / "faults.json").write_text(entries + "\n", encoding="utf-8")
    return path


def _entry(outcome: Outcome) -> dict[str, Any]:
    return {
        "way": outcome.case.protocol.way.name,
        "disturbances": [[str(one.call), one.fault.value] for one in outcome.case.disturbances],
        "tries": [[end.verdict, end.said] for end in outcome.tries],
        "ledger": {
            name: {"copies": line.copies, "state": line.state, "error": line.error}
            for name, line in outcome.lines.items()
        },
        "wrong": list(outcome.wrong),
    }
