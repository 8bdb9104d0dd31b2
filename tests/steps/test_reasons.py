"""What a reviewer is told of a source that gave nothing."""

from __future__ import annotations

import pytest

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import PermissionMissingError, RetriableSourceError, SourceError
from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks.zabbix import ZabbixHook
from msp_reports.steps.collect import collect_week

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database", "config")]


@pytest.mark.parametrize(
    ("trouble", "named"),
    [
        (PermissionMissingError("Zabbix: not permitted to read /api (403)."), True),
        (RetriableSourceError("Zabbix: no answer."), False),
    ],
)
def test_a_missing_permission_is_named_as_the_vendor_does(
    monkeypatch: pytest.MonkeyPatch, trouble: SourceError, named: bool
) -> None:
    def fail(*_: object) -> Pull:
        raise trouble

    monkeypatch.setattr(ZabbixHook, "fetch", fail)
    customer = read_customer("acme")
    binding = customer.binding("zabbix")
    assert binding is not None
    week = ReportingWeek.parse("2026-W46", customer.zone)
    reason = collect_week(customer, binding, week, last_try=True).reason
    assert reason is not None
    assert reason.startswith(f"{type(trouble).__name__}: {trouble}")
    assert ("read access to the host groups" in reason) is named
