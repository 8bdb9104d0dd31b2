"""Whatever breaks: one copy, or none and a line in the ledger that says so. Never two."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from tests.faults.cases import Case, Outcome, Protocol, learn, run_all
from tests.faults.channels import WAYS, Way
from tests.faults.faults import Call, Disturbance, Fault
from tests.faults.lanes import Lane

pytestmark = [pytest.mark.airflow, pytest.mark.db]

Learned = Callable[[str], Protocol]
SECOND = (Fault.KILLED_AFTER, Fault.FAILED_BEFORE, Fault.ODD_AFTER, Fault.EXPIRED)
"""What disturbs the finding out: one fault of each kind, for there are many calls after a call."""


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_each_call_disturbed_in_each_way(
    way: Way, lanes: list[Lane], protocol_of: Learned, outcomes: list[Outcome]
) -> None:
    protocol = protocol_of(way.name)
    calls = protocol.sending if way.only_sending else protocol.calls
    assert calls
    cases = [
        Case(protocol=protocol, disturbances=(Disturbance(call, fault),)) for call in calls for fault in Fault
    ]
    found = run_all(lanes, cases)
    assert all(outcome.happened for outcome in found)
    _see(found, outcomes)


@pytest.mark.exhaustive
@pytest.mark.parametrize("first", [Fault.KILLED_BEFORE, Fault.GATEWAY_TIMEOUT_AFTER], ids=lambda f: f.value)
@pytest.mark.parametrize("way", [way for way in WAYS if not way.only_sending], ids=lambda way: way.name)
def test_finding_out_disturbed_as_well(
    way: Way, first: Fault, lanes: list[Lane], protocol_of: Learned, outcomes: list[Outcome]
) -> None:
    protocol = protocol_of(way.name)
    cases = [
        Case(protocol=protocol, disturbances=(Disturbance(call, first), Disturbance(next_call, fault)))
        for call in protocol.sending
        if call.method != "GET"
        for next_call in _following(lanes[0], way, Disturbance(call, first))
        for fault in SECOND
    ]
    found = [outcome for outcome in run_all(lanes, cases) if outcome.happened]
    _see(found, outcomes)


def _following(lane: Lane, way: Way, disturbance: Disturbance) -> Sequence[Call]:
    return learn(lane, way, disturbance).calls


def _see(found: Sequence[Outcome], outcomes: list[Outcome]) -> None:
    outcomes.extend(found)
    wrong = [outcome.told for outcome in found if outcome.wrong]
    assert not wrong, "\n".join(wrong)
