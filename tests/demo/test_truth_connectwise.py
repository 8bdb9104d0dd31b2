"""ConnectWise PSA: hook, parser and comparison give the estate's own truth, four weeks of it."""

from __future__ import annotations

import pytest

from demo.setting import Setting
from demo.vendors.tenants import TENANTS
from tests.demo.tickets_told import hold_against_truth

pytestmark = pytest.mark.airflow

CODES = [tenant.code for tenant in TENANTS if tenant.uses("connectwise")]


@pytest.mark.parametrize("weeks_before", [0, 1, 5, 30])
@pytest.mark.parametrize("code", CODES)
def test_the_tickets_are_what_happened(pointed: Setting, code: str, weeks_before: int) -> None:
    hold_against_truth(pointed, "connectwise", code, weeks_before)
