"""No number that a demo report says by itself is told as unknown, and one that it does not say is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demo.setting import Setting
from demo.vendors.tenants import TENANTS, Story
from msp_reports.customer_files import read_customer
from msp_reports.domain.prose import unknown_numbers
from msp_reports.domain.report import Comment
from msp_reports.domain.week import ReportingWeek
from tests.demo.conftest import label
from tests.demo.drawn import model_of

pytestmark = pytest.mark.airflow


@pytest.mark.parametrize("code", [t.code for t in TENANTS if t.story is not Story.SOURCE_DOWN])
def test_a_demo_report_holds_its_own_numbers(pointed: Setting, code: str) -> None:
    customer = read_customer(code)
    model = model_of(customer, ReportingWeek.parse(label(), customer.zone), pointed)
    said = [*(finding.sentence for finding in model.findings), *(item.text for item in model.recommendations)]
    comments = tuple(Comment(section="summary", text=text, author="") for text in said)
    assert unknown_numbers(replace(model, comments=comments)) == ()
    invented = Comment(section="summary", text="We closed 98,765 tickets.", author="")
    assert [number.text for number in unknown_numbers(replace(model, comments=(invented,)))] == ["98,765"]
