"""A wrong file is named by file, line, key and expectation, and stops nobody else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from msp_reports.customer_files import parse_customer, parse_provider, read_customers, week_is_over
from msp_reports.domain.customer import Provider
from msp_reports.domain.errors import CustomerFileError
from tests.conftest import CUSTOMER, PROVIDER


@pytest.fixture
def provider() -> Provider:
    return parse_provider(PROVIDER, file="provider.yaml")


def test_a_good_file_becomes_a_customer(provider: Provider) -> None:
    customer = parse_customer(CUSTOMER, file="acme.yaml", provider=provider)
    assert customer.zone == "Europe/Berlin"
    assert [binding.system for binding in customer.sources] == ["zabbix", "connectwise"]
    assert customer.delivery.gmail is not None
    assert customer.delivery.gmail.sender == "reports@northwind.example"


@pytest.mark.parametrize(
    ("old", "new", "line", "key"),
    [
        ("name: ACME GmbH", "name: ACME GmbH\nnombre: x", 3, "nombre"),
        ("uwe@acme.example", "uwe.acme.example", 6, "recipients.0.email"),
        ("uwe@acme.example", '"uwe@acme.example\\nBcc: x@y.z"', 6, "recipients.0.email"),
        ("service_start: 2025-06-02", "service_start: 2025-06-02\nzone: Mars/Base", 4, "zone"),
        ("service_start: 2025-06-02", "service_start: 2025-06-02\nzone: America/Los_Angeles", 4, "zone"),
        ("{connection: zabbix_eu, customer: ACME}", "{customer: ACME}", 9, "sources.zabbix.connection"),
        ("customer: ACME}", "customer: ACME, tag: x}", 9, "sources.zabbix.tag"),
        ("  connectwise:", "  connectwize:", 10, "sources.connectwize"),
        ("code: acme", "code: acne", 1, "code"),
        ("19:acme@thread.tacv2", "https://x.webhook.office.com", 13, "delivery.teams.channel_id"),
        ("delivery:", "thresholds: {sla_drop: 3}\ndelivery:", 11, "thresholds.sla_drop"),
        ("name: ACME GmbH", "name: [", None, "yaml"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(
    provider: Provider, old: str, new: str, line: int | None, key: str
) -> None:
    assert old in CUSTOMER
    with pytest.raises(CustomerFileError) as wrong:
        parse_customer(CUSTOMER.replace(old, new), file="acme.yaml", provider=provider)
    assert wrong.value.key == key
    if line is not None:
        assert wrong.value.line == line
    assert str(wrong.value).startswith("acme.yaml")


def test_a_bad_file_leaves_the_others_usable(config: Path) -> None:
    (config / "customers" / "bad.yaml").write_text("code: bad\n", encoding="utf-8")
    (config / "customers" / "latin.yaml").write_bytes(b"code: \xff")
    customers = read_customers()
    assert customers.codes() == ("acme",)
    assert [wrong.file for wrong in customers.left_out] == ["bad.yaml", "latin.yaml"]


def test_two_customers_cannot_claim_one_identity(config: Path) -> None:
    """Whose rows they are could not be told: both are left out."""
    twin = CUSTOMER.replace("code: acme", "code: twin").replace("19:acme@", "19:twin@").replace("f-1", "f-2")
    (config / "customers" / "twin.yaml").write_text(twin, encoding="utf-8")
    customers = read_customers()
    assert customers.codes() == ()
    assert {wrong.file for wrong in customers.left_out} == {"acme.yaml", "twin.yaml"}
    assert all(wrong.key == "sources.zabbix" for wrong in customers.left_out)


@pytest.mark.parametrize(
    ("zone", "over"),
    [
        ("Europe/Berlin", True),
        ("Pacific/Auckland", True),
        ("America/New_York", True),
        ("America/Chicago", False),
        ("Atlantic/Azores", True),
    ],
)
def test_the_local_week_must_be_over_at_the_monday_run(zone: str, over: bool) -> None:
    """New York is six hours behind Berlin but for the weeks between the two changes of clocks: five."""
    assert week_is_over(zone, provider_zone="Europe/Berlin", around=date(2026, 1, 5)) is over
