"""Whatever text of a vendor's answer is odd, the task stores a week, and what was odd can be seen in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import astuple
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.snapshot import Pull, SnapshotStatus
from msp_reports.steps import collect
from msp_reports.store.database import transaction
from msp_reports.store.snapshots import SnapshotRepository
from tests.unit.domain import builders as make
from tests.unit.sources import test_datto, test_defender, test_halo, test_sentinel, test_zabbix
from tests.unit.sources.test_connectwise import ConnectWiseScope

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]

ANSWERS = Path(__file__).parents[1] / "fixtures"
SCOPES = {
    "connectwise": ConnectWiseScope(company="acme"),
    "datto": test_datto.SCOPE,
    "defender": test_defender.SCOPE,
    "halo": test_halo.HaloScope(client_id=12),
    "sentinel": test_sentinel.BINDING.scope,
    "zabbix": test_zabbix.BINDING.scope,
}
ODD = "\ud83d\x00"
SEEN = "‹U+D83D›‹U+0000›"
Place = tuple[Any, ...]


def texts(value: Any, path: Place = ()) -> Iterator[Place]:
    """Where in an answer the texts are."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from texts(inner, (*path, key))


def kinds(places: Iterable[Place]) -> list[Place]:
    """One place of each field, whichever of many rows it is in."""
    return [*{tuple(key for key in place if isinstance(key, str)): place for place in places}.values()]


def spoiled(answers: Any, path: Place) -> Any:
    changed = inner = deepcopy(answers)
    *way, last = path
    for key in way:
        inner = inner[key]
    inner[last] += ODD
    return changed


@pytest.mark.parametrize("system", SCOPES)
def test_no_text_of_an_answer_fails_the_task(system: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = json.loads((ANSWERS / system / "week.json").read_text(encoding="utf-8"))
    binding = SourceBinding(system=system, connection="c", scope=SCOPES[system])
    seen = []
    for path in kinds(texts(answers)):
        pull = Pull(payload=spoiled(answers, path), fetched_at=datetime.now(UTC), requests=1)
        monkeypatch.setattr(collect, "fetch", lambda *_, pull=pull: pull)
        collect.collect_week(make.customer(), binding, make.WEEK, last_try=True)
        with transaction() as connection:
            (stored,) = SnapshotRepository(connection).load_weeks("acme", [make.WEEK.label])
        (snapshot,) = stored.snapshots
        if snapshot.status is SnapshotStatus.MISSING:
            assert snapshot.reason
        told = [*(str(astuple(record)) for record in stored.records), *snapshot.skipped]
        seen.append(any(SEEN in text for text in told))
    assert any(seen)
