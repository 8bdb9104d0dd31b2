from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    ForeignRowError,
    NoLongerKnownError,
)
from msp_reports.domain.records import Incident
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.sentinel import SentinelScope, parse
from tests.notes import sentences

Load = Callable[[str], Any]
WORKSPACE = "22222222-3333-4444-5555-666666666666"
PLACE = {
    "workspace_id": WORKSPACE,
    "subscription_id": "33333333-4444-5555-6666-777777777777",
    "resource_group": "rg-soc",
    "workspace": "law-acme",
}
BINDING = SourceBinding(system="sentinel", connection="s", scope=SentinelScope.model_validate(PLACE))
WEEK = ReportingWeek.parse("2026-W47", "Europe/Berlin")


def read(payload: Any, week: ReportingWeek = WEEK) -> Facts:
    return parse(payload, binding=BINDING, week=week)


def incidents(facts: Facts) -> dict[str, Incident]:
    return {record.incident_id: record for record in facts.records if isinstance(record, Incident)}


def test_incidents_are_told_as_of_the_week_s_end(payload: Load) -> None:
    found = incidents(read(payload("sentinel/week.json")))
    assert {name: (i.severity, i.closed_at, i.closed_is_estimate) for name, i in found.items()} == {
        "a-closed": ("high", datetime(2026, 11, 18, 7, 59, tzinfo=UTC), False),
        "b-open": ("medium", None, False),
        "c-reopened": ("low", None, False),
        "e-closed-later": ("unknown", None, False),
        "f-closed-no-time": ("medium", datetime(2026, 11, 20, 7, tzinfo=UTC), True),
        "g-handed-on": ("medium", None, False),
        "sentinel-412": ("informational", None, False),
        "j-untouched": ("medium", None, False),
    }


def test_what_is_an_approximation_is_said(payload: Load) -> None:
    untouched, estimated = sentences(read(payload("sentinel/week.json")))
    assert untouched.startswith("1 open incident that nobody has changed")
    assert estimated.startswith("For 1 incident Microsoft")


def test_an_exact_week_has_no_approximation(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"] = answers["changes"][:3]
    answers["open_now"] = answers["open_now"][:1]
    assert sentences(read(answers)) == ()


@pytest.mark.parametrize("provider", ["Microsoft XDR", "Microsoft 365 Defender", "microsoft defender xdr"])
def test_an_incident_from_defender_carries_defender_s_id(payload: Load, provider: str) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"][6]["ProviderName"] = provider
    found = incidents(read(answers))
    assert {name: i.same_as for name, i in found.items() if i.same_as} == {"g-handed-on": "88014"}


def test_an_untouched_incident_from_defender_carries_defender_s_id(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    answers["open_now"][1] |= {"providerName": "Microsoft XDR", "providerIncidentId": "501"}
    assert incidents(read(answers))["j-untouched"].same_as == "501"


def test_an_id_that_is_missing_is_no_id(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"][6]["ProviderIncidentId"] = ""
    assert incidents(read(answers))["g-handed-on"].same_as is None


def test_a_label_that_looks_like_a_merge_leaves_sentinel_s_own_incident(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"][1]["Labels"] = [{"labelName": "redirected", "labelType": "User"}]
    assert "b-open" in incidents(read(answers))


def test_a_severity_changed_after_the_week_is_not_the_week_s(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    later = {"LastModifiedTime": "2026-11-23T09:00:00Z", "Severity": "High", "Status": "Closed"}
    answers["changes"].append(answers["changes"][1] | later)
    told = incidents(read(answers))["b-open"]
    assert (told.severity, told.closed_at) == ("medium", None)


@pytest.mark.parametrize(
    ("since", "known"),
    [
        ("2026-11-15T23:00:00+00:00", True),
        ("2026-11-15T23:00:01+00:00", False),
        ("2026-11-25T00:00:00+00:00", False),
        (None, False),
    ],
)
def test_a_week_before_the_log_is_not_known(payload: Load, since: str | None, known: bool) -> None:
    answers = payload("sentinel/week.json") | {"known_since": since}
    if known:
        assert read(answers).records
    else:
        with pytest.raises(NoLongerKnownError):
            read(answers)


def test_a_log_that_reaches_back_and_holds_nothing_is_a_week_without_incidents(payload: Load) -> None:
    assert read(payload("sentinel/week.json") | {"changes": [], "open_now": []}).records == ()


def test_a_partial_answer_is_used_and_said_to_be_partial(payload: Load) -> None:
    facts = read(payload("sentinel/week.json") | {"warnings": ["the log: partial"]})
    assert facts.incomplete == ("the log: partial",)
    assert facts.records


@pytest.mark.parametrize("workspace", ["99999999-3333-4444-5555-666666666666", None, ""])
def test_a_change_of_another_workspace_refuses_the_snapshot(payload: Load, workspace: str | None) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"][-1]["TenantId"] = workspace
    with pytest.raises(ForeignRowError):
        read(answers)


@pytest.mark.parametrize(
    ("old", "new"), [("law-acme", "law-acme-labs"), ("rg-soc", "rg-other"), ("33333333", "44444444")]
)
def test_an_incident_listed_elsewhere_refuses_the_snapshot(payload: Load, old: str, new: str) -> None:
    answers = payload("sentinel/week.json")
    answers["open_now"][-1]["id"] = answers["open_now"][-1]["id"].replace(old, new)
    with pytest.raises(ForeignRowError):
        read(answers)


def test_ids_are_the_same_in_capitals(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    for row in answers["open_now"]:
        row["id"] = row["id"].upper()
    for row in answers["changes"]:
        row["TenantId"] = row["TenantId"].upper()
    assert incidents(read(answers)) == incidents(read(payload("sentinel/week.json")))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("CreatedTime", None),
        ("LastModifiedTime", "soon"),
        ("ClosedTime", 12.5),
        ("Status", None),
        ("IncidentName", ""),
        ("Labels", "[half"),
    ],
)
def test_one_bad_change_is_skipped_and_counted(payload: Load, field: str, value: Any) -> None:
    answers = payload("sentinel/week.json")
    whole = incidents(read(payload("sentinel/week.json")))
    answers["changes"].append(answers["changes"][0] | {"IncidentName": "bad"} | {field: value})
    facts = read(answers)
    assert len(facts.skipped) == 1
    assert incidents(facts) == whole


def test_the_list_does_not_stand_in_for_a_change_that_cannot_be_read(payload: Load) -> None:
    answers = payload("sentinel/week.json")
    answers["changes"][1]["LastModifiedTime"] = None
    facts = read(answers)
    assert len(facts.skipped) == 1
    assert "b-open" not in {name.casefold() for name in incidents(facts)}


@pytest.mark.parametrize("name", ["changes", "open_now"])
def test_a_missing_list_changes_the_shape(payload: Load, name: str) -> None:
    answers = payload("sentinel/week.json")
    del answers[name]
    with pytest.raises(ChangedShapeError):
        read(answers)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("resource_group", "../other"),
        ("resource_group", ""),
        ("workspace", "law/../other"),
        ("workspace", "-law"),
        ("workspace_id", "law-acme"),
        ("subscription_id", "all"),
        ("tenant_id", WORKSPACE),
    ],
)
def test_a_scope_names_one_workspace(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        SentinelScope.model_validate(PLACE | {key: value})


def test_another_system_s_scope_is_a_mistake(payload: Load) -> None:
    with pytest.raises(ConfigurationError):
        parse(
            payload("sentinel/week.json"),
            binding=SourceBinding(system="sentinel", connection="s", scope=object()),
            week=WEEK,
        )


@dataclass(frozen=True)
class Change:
    at: datetime
    closes: bool


@st.composite
def lives(draw: st.DrawFn) -> tuple[Change, ...]:
    """An incident that is closed and opened again, around the edges of the week."""
    hours = draw(st.lists(st.integers(-400, 400), min_size=1, max_size=6, unique=True))
    moments = [WEEK.end_utc + timedelta(hours=h) for h in sorted(hours)]
    return tuple(Change(at, draw(st.booleans()) and n > 0) for n, at in enumerate(moments))


def as_logged(life: Sequence[Change], kept_from: datetime) -> list[dict[str, Any]]:
    """What the question to the log gives: the last change before the week's end, else the first after."""
    rows: list[tuple[datetime, dict[str, Any]]] = []
    closed: datetime | None = None
    was_closed = False
    for change in life:
        if change.closes and not was_closed:
            closed = change.at
        was_closed = change.closes
        row = {
            "TenantId": WORKSPACE,
            "IncidentName": "x",
            "Status": "Closed" if change.closes else "Active",
            "CreatedTime": life[0].at.isoformat(),
            "ClosedTime": closed and closed.isoformat(),
            "LastModifiedTime": change.at.isoformat(),
        }
        rows.append((change.at, row))
    kept = [(at, row) for at, row in rows if at >= kept_from]
    before = [row for at, row in kept if at < WEEK.end_utc]
    return before[-1:] or [row for _, row in kept][:1]


@given(lives())
def test_any_life_is_told_as_it_stood_at_the_week_s_end(life: tuple[Change, ...]) -> None:
    before = [change for change in life if change.at < WEEK.end_utc]
    closed = None
    for n, change in enumerate(before):
        if change.closes and not (n and before[n - 1].closes):
            closed = change.at
    if not before or not before[-1].closes:
        closed = None
    changes = as_logged(life, datetime.min.replace(tzinfo=UTC))
    answers = {"known_since": "2026-01-01T00:00:00Z", "changes": changes, "open_now": []}
    told = incidents(read(answers))
    counts = bool(before) and (closed is None or closed >= WEEK.start_utc or life[0].at >= WEEK.start_utc)
    assert [i.closed_at for i in told.values()] == ([closed] if counts else [])


@given(lives(), st.integers(-400, 0))
def test_a_log_that_forgot_the_beginning_tells_the_same_or_says_what_it_cannot_tell(
    life: tuple[Change, ...], hours: int
) -> None:
    kept = as_logged(life, WEEK.end_utc + timedelta(hours=hours))
    whole = as_logged(life, datetime.min.replace(tzinfo=UTC))
    assume(kept)  # of what is not logged at all, the list tells
    base = {"known_since": "2026-01-01T00:00:00Z", "open_now": []}
    facts = read(base | {"changes": kept})
    if sentences(facts):
        assert kept != whole
        assert [i.closed_at for i in incidents(facts).values()] == [None]
    else:
        assert incidents(facts) == incidents(read(base | {"changes": whole}))
