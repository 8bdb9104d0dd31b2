"""Two workers that start the same delivery at the same moment send one."""

from __future__ import annotations

import pytest

from tests.faults.channels import WAYS, Way
from tests.faults.faults import Scene
from tests.faults.lanes import Lane

pytestmark = [pytest.mark.airflow, pytest.mark.db]

ROUNDS = 2


@pytest.mark.parametrize("seconds", [0.0, 0.05], ids=["fast", "slow"])
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_two_workers_send_one(way: Way, seconds: float, lanes: list[Lane]) -> None:
    lane = lanes[0]
    for _ in range(ROUNDS):
        report, lane.proxy.scene = lane.new_report(way), Scene(seconds=seconds)
        ends = lane.try_together(way, report, workers=2)
        assert [end.verdict for end in ends] == ["done", "done"], ends
        lines = lane.counted(way, report)
        assert {(line.copies, line.state) for line in lines.values()} == {(1, "sent")}
