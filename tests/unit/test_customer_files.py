"""A wrong file is named by file, line, key and expectation, and stops nobody else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from msp_reports.customer_files import (
    parse_customer,
    parse_provider,
    read_customers,
    read_provider,
    week_is_over,
)
from msp_reports.domain.customer import Provider
from msp_reports.domain.errors import CustomerFileError
from msp_reports.in_use import provider_zone, systems_in_use
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
        ("service_start: 2025-06-02", "service_start: 2025-06-02\nlanguage: deutsch", 4, "language"),
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


@pytest.mark.parametrize(
    ("provider_s", "own", "spoken"), [("", "", "en"), ("de", "", "de"), ("de", "fr", "fr"), ("", "fr", "fr")]
)
def test_a_customer_s_language_is_its_own_or_the_provider_s(provider_s: str, own: str, spoken: str) -> None:
    def told(text: str, code: str) -> str:
        return f"{text}language: {code}\n" if code else text

    provider = parse_provider(told(PROVIDER, provider_s), file="provider.yaml")
    assert parse_customer(told(CUSTOMER, own), file="acme.yaml", provider=provider).language == spoken


def test_a_language_without_catalogue_is_refused_with_those_there_are(provider: Provider) -> None:
    with pytest.raises(CustomerFileError, match="expected one of en, de, fr"):
        parse_customer(f"{CUSTOMER}language: nl\n", file="acme.yaml", provider=provider)
    with pytest.raises(CustomerFileError, match="language"):
        parse_provider(f"{PROVIDER}language: nl\n", file="provider.yaml")


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


@pytest.mark.parametrize(
    "line",
    [
        "service_start: 2025-02-30",
        "service_start: 9999-12-31",
        "service_start: !!timestamp foo",
        "service_start: !!int abc",
        "thresholds: {backup_stale_hours: .nan}",
        "thresholds: {sla_drop_points: .inf}",
        "thresholds: {backup_stale_hours: 1.9}",
        "service_start: &loop [*loop]",
    ],
)
def test_a_value_that_yaml_stumbles_over_leaves_out_that_customer_only(config: Path, line: str) -> None:
    key = line.split(":", maxsplit=1)[0]
    kept = [row for row in CUSTOMER.replace("acme", "beta").splitlines() if not row.startswith(f"{key}:")]
    (config / "customers" / "beta.yaml").write_text("\n".join([*kept, line]), encoding="utf-8")
    customers = read_customers()
    assert customers.codes() == ("acme",)
    (wrong,) = customers.left_out
    assert wrong.file == "beta.yaml"


def test_a_key_that_stands_twice_is_named_with_both_lines(config: Path) -> None:
    (config / "customers" / "acme.yaml").write_text(CUSTOMER + "zone: Europe/Berlin\nzone: UTC\n")
    (wrong,) = read_customers().left_out
    lines = CUSTOMER.count("\n")
    assert str(wrong) == f"acme.yaml:{lines + 2}: zone: one such key; line {lines + 1} has it already"


def test_a_file_with_another_ending_is_named(config: Path) -> None:
    (config / "customers" / "beta.yml").write_text(CUSTOMER, encoding="utf-8")
    (wrong,) = read_customers().left_out
    assert str(wrong) == "beta.yml: file: a name that ends in .yaml"


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("customer: ACME}", "customer: ACME, site_tag: place}"),
        ("company: ACME}", "company: acme, boards: [Service Desk]}"),
    ],
)
def test_options_and_case_do_not_make_another_identity(config: Path, was: str, becomes: str) -> None:
    other = CUSTOMER.replace("code: acme", "code: beta").replace(was, becomes)
    kept = "zabbix" if "site_tag" in becomes else "connectwise"
    alone = "\n".join(
        row for row in other.splitlines() if not row.startswith("  ") or kept in row or "role" in row
    ).replace("delivery:", "delivery: {}")
    (config / "customers" / "beta.yaml").write_text(alone, encoding="utf-8")
    customers = read_customers()
    assert customers.codes() == ()
    assert {wrong.key for wrong in customers.left_out} == {f"sources.{kept}"}


UID = "7a5e8f0a-2f4b-4c53-9a2e-5d8a4c9f2b11"
ZONE = "6268d60498a6dd96016de9d8d99a948e"


def knows(config: Path, code: str, system: str, block: str) -> None:
    """Write a customer who is known to one system alone."""
    kept = [
        row for row in CUSTOMER.replace("code: acme", f"code: {code}").splitlines() if "onnect" not in row
    ]
    text = "\n".join(kept[: kept.index("delivery:")])
    (config / "customers" / f"{code}.yaml").write_text(
        f"{text}\n  {system}: {block}\ndelivery: {{}}\n", encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("system", "keys", "in_the_world"),
    [
        (
            "sentinel",
            f"workspace_id: {UID}, subscription_id: {UID}, resource_group: g, workspace: soc1",
            True,
        ),
        ("defender", f"tenant_id: {UID}", True),
        ("veeam_console", f"organization_uid: {UID}", True),
        ("cloudflare", f"sites: [{{id: a, name: A, host: a.acme.example, zone: {ZONE}}}]", True),
        ("zabbix", "customer: ACME", False),
        ("librenms", "group: acme", False),
        ("connectwise", "company: ACME", False),
        ("halo", "client_id: 12", False),
        ("datto", "client: ACME", False),
        ("veeam", "job_prefix: ACME", False),
    ],
)
@pytest.mark.parametrize("other", ["one", "another"])
def test_what_is_unique_in_the_world_has_one_customer_whatever_the_connection(
    config: Path, system: str, keys: str, in_the_world: bool, other: str
) -> None:
    knows(config, "acme", system, f"{{connection: one, {keys}}}")
    knows(config, "beta", system, f"{{connection: {other}, {keys}}}")
    customers = read_customers()
    is_refused = in_the_world or other == "one"
    assert customers.codes() == (() if is_refused else ("acme", "beta"))
    assert {wrong.key for wrong in customers.left_out} == ({f"sources.{system}"} if is_refused else set())


@pytest.mark.parametrize(("system", "connection"), [("site_checks", ""), ("blackbox", "connection: one, ")])
def test_two_customers_may_watch_one_public_page(config: Path, system: str, connection: str) -> None:
    block = f"{{{connection}sites: [{{id: a, name: A, url: 'https://portal.vendor.example/'}}]}}"
    for code in ("acme", "beta"):
        knows(config, code, system, block)
    customers = read_customers()
    assert (customers.codes(), customers.left_out) == (("acme", "beta"), ())


@pytest.mark.parametrize(
    ("mine", "theirs", "apart"),
    [
        ({"job": "web"}, {"job": "web"}, False),
        ({"job": "web"}, {}, False),
        ({"job": "web"}, {"job": "shops"}, True),
        ({}, {"instance": "web-2"}, True),
        ({}, {"url": "https://acme.example/"}, True),
    ],
)
def test_one_series_is_not_of_two_customers_addresses(
    mine: dict[str, str], theirs: dict[str, str], apart: bool
) -> None:
    from msp_reports.sources.blackbox import BlackboxScope

    def scope(url: str, job: str | None = None, instance: str = "web-1") -> BlackboxScope:
        site = {"id": "a", "name": "A", "url": url, "instance": instance}
        return BlackboxScope.model_validate({"job": job, "sites": [site]})

    here = scope(**{"url": "https://acme.example/"} | mine)
    there = scope(**{"url": "https://beta.example/"} | theirs)
    assert here.overlaps(there) is there.overlaps(here) is not apart


def test_two_customers_in_one_zone_are_told_why_they_cannot_be_and_what_to_do(config: Path) -> None:
    for code in ("acme", "beta"):
        site = f"{{id: a, name: A, host: {code}.shops.example, zone: {ZONE}}}"
        knows(config, code, "cloudflare", f"{{connection: {code}, sites: [{site}]}}")
    wrong, _ = read_customers().left_out
    assert wrong.expected == (
        "expected an identity of its own; acme has the same one: Cloudflare keeps older weeks as "
        "daily sums of the whole zone, in which one customer's requests cannot be told from another's, so "
        "give each a zone of its own or check its sites with site_checks or blackbox"
    )


@pytest.mark.parametrize(
    ("mine", "theirs", "apart"),
    [
        ('organization_id: "99"', "client: Zeta", False),
        ("client: Zeta", 'organization_id: "99"', False),
        ('organization_id: "99", client: Ypsilon', "client: Zeta", True),
        ('organization_id: "99"', 'organization_id: "98", client: Zeta', True),
        ("client: Ypsilon", "client: Zeta", True),
    ],
)
def test_a_client_by_id_alone_and_one_by_name_alone_may_be_the_same_and_are_not_read_from_one_connection(
    config: Path, mine: str, theirs: str, apart: bool
) -> None:
    knows(config, "acme", "datto", f"{{connection: one, {mine}}}")
    knows(config, "beta", "datto", f"{{connection: one, {theirs}}}")
    customers = read_customers()
    assert customers.codes() == (("acme", "beta") if apart else ())
    assert [(wrong.file, wrong.key) for wrong in customers.left_out] == (
        [] if apart else [("acme.yaml", "sources.datto"), ("beta.yaml", "sources.datto")]
    )
    for wrong, other in zip(customers.left_out, ("beta", "acme"), strict=False):
        assert wrong.expected == (
            f"expected what keeps its rows apart from those of {other} on the same connection: an "
            "organization_id alone and a client's name alone may mean one client of Datto's, so give the "
            "client's name beside the organization_id"
        )
    knows(config, "beta", "datto", f"{{connection: another, {theirs}}}")
    assert read_customers().codes() == ("acme", "beta"), "another reseller's clients are others"


def test_customers_of_one_backup_server_are_told_what_keeps_them_apart(config: Path) -> None:
    for code, prefix in (("acme", "ACME"), ("labs", "acme labs")):
        knows(config, code, "veeam", f"{{connection: one, job_prefix: {prefix}}}")
    assert [wrong.expected for wrong in read_customers().left_out] == [
        f"expected what keeps its rows apart from those of {other} on the same connection: give each a "
        "job_prefix that the other's does not begin with, or repositories of its own"
        for other in ("labs", "acme")
    ]


def test_a_customers_channel_is_not_the_providers_own(config: Path) -> None:
    (config / "customers" / "acme.yaml").write_text(
        CUSTOMER.replace("19:acme@thread.tacv2", "19:weekly@thread.tacv2"), encoding="utf-8"
    )
    (wrong,) = read_customers().left_out
    assert wrong.key == "delivery.teams.channel_id"


@pytest.mark.parametrize(
    "spelt", ["zone: Europe/Berlin", 'zone: "Europe/Berlin"', "'zone' : 'Europe/Berlin'"]
)
def test_the_schedule_follows_the_providers_zone_however_it_is_written(config: Path, spelt: str) -> None:
    (config / "provider.yaml").write_text(PROVIDER.replace("zone: Europe/Berlin", spelt), encoding="utf-8")
    assert provider_zone() == "Europe/Berlin" == read_provider().zone


def test_a_system_in_flow_style_has_its_task_too(config: Path) -> None:
    (config / "customers" / "acme.yaml").write_text('sources: {"datto": {connection: x}}', encoding="utf-8")
    assert [spec.system for specs in systems_in_use().values() for spec in specs] == ["datto"]


@pytest.mark.parametrize(
    ("mine", "theirs", "apart"),
    [
        ({}, {"job_prefix": "B - "}, False),
        ({}, {"rpo_hours": 24}, False),
        ({"job_prefix": "ACME"}, {"job_prefix": "acme labs"}, False),
        ({"repositories": ["Repo1"]}, {"repositories": ["repo1", "x"]}, False),
        ({"job_prefix": "ACME - "}, {"job_prefix": "BETA - "}, True),
        ({"repositories": ["Repo1"]}, {"repositories": ["Repo2"]}, True),
    ],
)
def test_customers_of_one_backup_server_must_be_kept_apart(
    mine: dict[str, object], theirs: dict[str, object], apart: bool
) -> None:
    from msp_reports.sources.veeam_rows import VeeamScope

    here, there = VeeamScope.model_validate(mine), VeeamScope.model_validate(theirs)
    assert here.overlaps(there) is there.overlaps(here) is not apart
