"""Hooks, parsers and comparison give the estate's own truth, for every customer, to the last digit."""

from __future__ import annotations

import pytest

from demo.setting import Setting
from demo.vendors.tenants import TENANTS, Story
from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import RetriableSourceError
from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.catalog import BY_SYSTEM, load
from tests.demo.conftest import label, truth
from tests.demo.drawn import model_of

pytestmark = pytest.mark.airflow

REACHABLE = [tenant.code for tenant in TENANTS if tenant.story is not Story.SOURCE_DOWN]
WEEKS_BEFORE = (0, 1, 5)


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", REACHABLE)
def test_the_report_says_what_happened(pointed: Setting, code: str, weeks_before: int) -> None:
    customer = read_customer(code)
    week = ReportingWeek.parse(label(weeks_before), customer.zone)
    if not customer.is_served_in(week):
        pytest.skip("service had not begun")
    model, true = model_of(customer, week, pointed), truth(pointed, code, week.label)
    assert model.uptime is not None
    assert model.tickets is not None
    assert model.availability is not None
    assert model.uptime.uptime.value == pytest.approx(true["uptime"]["percent"], abs=1e-9)
    for number in ("opened", "closed", "open_at_end", "response_breaches", "resolution_breaches"):
        measured = getattr(model.tickets, number).value
        assert measured == true["tickets"][number], number
    for site, row in zip(
        sorted(true["availability"]["sites"].items()),
        sorted(model.availability.sites, key=lambda row: row.url.rstrip("/").rsplit("/", 1)[-1]),
        strict=True,
    ):
        assert row.availability.value == pytest.approx(100 * site[1]["good"] / site[1]["made"], abs=1e-9)
        due = site[1]["due"]
        assert row.coverage == (None if due is None else pytest.approx(100 * site[1]["made"] / due, abs=1e-9))
    security_is_true(model, true)
    backup_is_true(model, true, now_only=weeks_before > 0)


def security_is_true(model: ReportModel, true: dict[str, dict[str, float]]) -> None:
    if true["security"] is None:
        assert Source.SECURITY not in model.used
        return
    assert model.security is not None
    for number in ("opened", "closed", "open_at_end"):
        assert getattr(model.security, number).value == true["security"][number], number
    if true["security"]["score_end"] is None:
        assert (model.security.score.value, model.security.score.before) == (None, None)
        return
    assert model.security.score.value == pytest.approx(true["security"]["score_end"])
    assert model.security.score.before == pytest.approx(true["security"]["score_start"])


def backup_is_true(
    model: ReportModel, true: dict[str, dict[str, dict[str, dict[str, object]]]], *, now_only: bool
) -> None:
    """Datto tells the last good point of now; of a past week it is known only if it lies before its end."""
    if true["backup"] is None:
        assert Source.BACKUP not in model.used
        return
    assert model.backup is not None
    rows = {row.name: row for row in model.backup.rows if not row.paused}
    assert set(rows) == set(true["backup"]["machines"])
    for name, happened in true["backup"]["machines"].items():
        row = rows[name]
        if not row.last_good_known:
            assert now_only
            assert row.rpo_met is None
        else:
            assert (row.last_good_at.isoformat() if row.last_good_at else None) == happened["last_good"]
        if row.runs_good is not None:
            assert (row.runs_good, row.runs_failed) == (happened["good"], happened["failed"])


def test_a_source_that_is_down_is_named_and_not_guessed(pointed: Setting) -> None:
    code = next(tenant.code for tenant in TENANTS if tenant.story is Story.SOURCE_DOWN)
    customer = read_customer(code)
    binding = customer.binding("defender")
    assert binding is not None
    hook = load(str(BY_SYSTEM["defender"].hook))(binding.connection)
    with pytest.raises(RetriableSourceError, match="503"):
        hook.fetch(binding.scope, ReportingWeek.parse(label(), customer.zone))
