"""Nothing of one customer is in anything of another: every text of every tenant says whose it is.

The estate runs with ESTATE_CANARY: each tenant's mark stands in all its names and titles, and the
customers' files get the same marks. What a customer's pull, report, mail, card and archive hold must
bear its own mark, and no other's. Whatever system the catalogue names is covered, or this fails.
"""

from __future__ import annotations

import email
import io
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.policy import default
from typing import Any

import pytest
import yaml
from pypdf import PdfReader

from demo.setting import Setting
from demo.vendors.tenants import BY_CODE, TENANTS, Story, Tenant
from msp_reports.customer_files import read_customer
from msp_reports.delivery.contract import CardPackage, FilePackage, MailPackage
from msp_reports.delivery.gmail import mime
from msp_reports.domain.customer import Customer, SourceBinding
from msp_reports.domain.report import ReportModel
from msp_reports.domain.snapshot import Facts, Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.rendering.attachments import attached_files, report_json
from msp_reports.rendering.cards import RollupRow, rollup_card
from msp_reports.rendering.pdf import render_pdf
from msp_reports.sources.catalog import BY_SYSTEM, load
from msp_reports.steps import rollup
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.packages import archive_package, mail_package
from msp_reports.steps.posts import card_package, chat_package
from msp_reports.store.reports import StoredReport, WeekRow
from tests.demo.conftest import estate_of, label, point_at
from tests.demo.drawn import model_of, probes

pytestmark = pytest.mark.airflow

ALIKE = ("acme", "acme-labs")
"""Two customers whose identifiers begin alike."""
WEEKS_LOOKED_AT = 8
MARKS = {tenant.code: tenant.with_canary().mark for tenant in TENANTS}


def cast() -> tuple[str, ...]:
    """The two that are alike and, for each system that they do not have, the first two that have it."""
    playing = list(ALIKE)
    for system in BY_SYSTEM:
        users = [t.code for t in TENANTS if t.uses(system) and t.story is not Story.SOURCE_DOWN]
        playing += users[: 2 - len(set(users) & set(playing))] if not set(ALIKE) <= set(users) else []
    return tuple(dict.fromkeys(playing))


CAST = cast()
PLAYED = [(code, system) for code in CAST for system in BY_CODE[code].systems]


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """The estate with canaries, and the demo's customers with the same marks in their files."""
    build = tmp_path_factory.mktemp("canaries")
    with (
        estate_of(build, environment={**os.environ, "ESTATE_CANARY": "1"}) as setting,
        pytest.MonkeyPatch.context() as patch,
    ):
        for tenant in TENANTS:
            path = setting.config / "customers" / f"{tenant.code}.yaml"
            marked = _with_marks(yaml.safe_load(path.read_text("utf-8")), tenant.with_canary(), tenant.name)
            path.write_text(yaml.safe_dump(marked, allow_unicode=True), encoding="utf-8")
        point_at(setting, patch)
        yield setting


def _with_marks(value: Any, tenant: Tenant, name: str, key: str = "") -> Any:
    """Mark a customer file's own words; what identifies the customer at a vendor stays as it is."""
    if isinstance(value, dict):
        return {below: _with_marks(part, tenant, name, below) for below, part in value.items()}
    if isinstance(value, list):
        return [_with_marks(part, tenant, name, key) for part in value]
    if value == name:
        return tenant.name
    if key in {"name", "folder_id"}:
        return tenant.marked(value, "-" if key == "folder_id" else " ")
    if key in {"email", "channel_id", "chat_id"}:
        return value.replace("@", f"-{tenant.mark}@")
    return value


def pulled(setting: Setting, customer: Customer, binding: SourceBinding, week: ReportingWeek) -> Pull:
    spec = BY_SYSTEM[binding.system]
    if spec.hook is None:
        return probes(setting, customer, week)
    pull: Pull = load(spec.hook)(binding.connection).fetch(binding.scope, week)
    return pull


def strangers_in(text: str, code: str) -> list[str]:
    """Whose marks, other than the customer's own, stand in a text. Lines may be broken anywhere."""
    joined = re.sub(r"[\s\u00ad\u200b]", "", text)
    return [other for other, mark in MARKS.items() if other != code and mark in joined]


def bears_its_own(text: str, code: str) -> bool:
    return MARKS[code] in re.sub(r"[\s\u00ad\u200b]", "", text)


def plain(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def test_every_system_of_the_catalogue_has_canaries() -> None:
    without = [system for system in BY_SYSTEM if system not in {played for _, played in PLAYED}]
    assert without == [], (
        f"no customer of the demo estate uses {without}: name them in a tenant's systems= in "
        "demo/vendors/tenants.py, so that their rows are proven not to reach another customer"
    )


def test_the_marks_can_be_told_apart() -> None:
    assert len(set(MARKS.values())) == len(TENANTS)
    assert strangers_in(f"a {MARKS['acme']}", "acme-labs") == ["acme"]
    assert strangers_in(f"a {MARKS['acme']}", "acme") == []
    assert BY_CODE["acme-labs"].tag.startswith(BY_CODE["acme"].tag)


@pytest.mark.parametrize(("code", "system"), PLAYED)
def test_a_systems_answer_and_its_records_are_the_customers_own(
    canaries: Setting, code: str, system: str
) -> None:
    customer = read_customer(code)
    binding = customer.binding(system)
    assert binding is not None, f"{code} has {system} in tenants.py and not in its file"
    told = ""
    for weeks_before in range(WEEKS_LOOKED_AT):
        week = ReportingWeek.parse(label(weeks_before), customer.zone)
        pull = pulled(canaries, customer, binding, week)
        facts: Facts = load(BY_SYSTEM[system].parse)(pull.payload, binding=binding, week=week)
        assert strangers_in(plain(pull.payload), code) == []
        assert strangers_in(plain(facts.records), code) == []
        told += plain(facts.records)
        if bears_its_own(told, code):
            return
    pytest.fail(
        f"no record of {system} bears {code}'s mark: let the texts of demo/vendors/{system}.py go through "
        "Tenant.marked, else a mix-up of customers could not be seen"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """All that leaves for one customer."""

    model: ReportModel
    stored: StoredReport


@pytest.fixture(scope="module")
def sent(canaries: Setting) -> dict[str, Sent]:
    found = {}
    for code in CAST:
        customer = read_customer(code)
        model = model_of(customer, ReportingWeek.parse(label(), customer.zone), canaries)
        drawn = render_pdf(model)
        stored = StoredReport(
            customer=code,
            week=label(),
            revision=1,
            state="in_review",
            model=json.loads(dump_model(model)),
            markdown=drawn.markdown,
            pdf=drawn.pdf,
            sha256=drawn.sha256,
            run_id="canary",
        )
        found[code] = Sent(model=model, stored=stored)
    return found


def pdf_text(pdf: bytes) -> str:
    reader = PdfReader(io.BytesIO(pdf))
    return "\n".join(page.extract_text() for page in reader.pages) + plain(reader.metadata)


@pytest.mark.parametrize("code", CAST)
def test_the_report_holds_its_own_customer_and_no_other(sent: dict[str, Sent], code: str) -> None:
    mine = sent[code]
    for text in (plain(mine.stored.model), mine.stored.markdown, pdf_text(mine.stored.pdf)):
        assert strangers_in(text, code) == []
        assert bears_its_own(text, code)
    for words in (row.name for row in (mine.model.backup.rows if mine.model.backup else ())):
        assert MARKS[code] in words


@pytest.mark.parametrize("code", CAST)
def test_the_mail_reaches_its_own_customer_with_its_own_report(sent: dict[str, Sent], code: str) -> None:
    outbound = mail_package(sent[code].stored)
    assert outbound is not None
    assert isinstance(outbound.package, MailPackage)
    message = email.message_from_bytes(mime(outbound.package), policy=default)
    texts = [str(message[name]) for name in ("To", "Cc", "Reply-To", "Subject")]
    for part in message.walk():
        if part.get_content_maintype() == "text":
            texts.append(part.get_content())
        elif part.get_content_type() == "application/pdf":
            assert part.get_filename() == f"{code}-{label()}.pdf"
            texts.append(pdf_text(part.get_content()))
    assert len(texts) == 4 + 3, "four headers, two texts and the report"
    for text in texts:
        assert strangers_in(text, code) == []
        assert bears_its_own(text, code)
    assert outbound.recipients.count(MARKS[code].lower()) == len(read_customer(code).recipients)


@pytest.mark.parametrize("code", CAST)
def test_card_and_file_go_where_their_customer_is(sent: dict[str, Sent], code: str) -> None:
    stored = sent[code].stored
    card, file = card_package(stored) or chat_package(stored), archive_package(stored)
    assert card is not None
    assert file is not None
    assert isinstance(card.package, CardPackage)
    assert isinstance(file.package, FilePackage)
    for text in (
        card.package.thread_id,
        plain(card.package.card),
        "/".join((file.package.folder_id, *file.package.path)),
    ):
        assert strangers_in(text, code) == []
        assert bears_its_own(text, code)
    assert file.package.name == f"{code}-{label()}.pdf"
    assert strangers_in(pdf_text(file.package.content), code) == []
    for attached in attached_files(sent[code].model):
        assert strangers_in(attached.content.decode(), code) == []
    assert bears_its_own(report_json(sent[code].model).decode(), code)


def rows(sent: dict[str, Sent]) -> dict[str, RollupRow]:
    return {
        code: rollup._row(
            WeekRow(customer=code, revision=1, state="in_review", model=one.stored.model, run_id="r-1"),
            deliveries=(),
            closing=False,
        )
        for code, one in sent.items()
    }


def drawn(*lines: RollupRow) -> dict[str, Any]:
    return dict(
        rollup_card(lines, week=label(), provider="Northwind", left_out=(), review_url="http://127.0.0.1/")
    )


def test_each_row_of_the_roll_up_is_of_one_customer(sent: dict[str, Sent]) -> None:
    lines = rows(sent)
    whole = [part for part in drawn(*lines.values())["body"] if part["type"] == "Container"]
    assert len(whole) == len(CAST)
    for code, line in lines.items():
        (row,) = [part for part in whole if f"({code})" in plain(part)]
        assert strangers_in(plain(row), code) == []
        assert bears_its_own(plain(row), code)
        assert row == next(part for part in drawn(line)["body"] if part["type"] == "Container")
