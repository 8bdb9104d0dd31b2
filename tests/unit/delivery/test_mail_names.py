"""Whatever people and customers are called, a mail has the recipients it is to have and no header more."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.customer_files import parse_customer, parse_provider
from msp_reports.delivery.contract import Address, MailPackage
from msp_reports.delivery.gmail import mime
from msp_reports.delivery.outlook import message
from msp_reports.domain.customer import Customer
from msp_reports.domain.errors import CustomerFileError, DeliveryError
from msp_reports.rendering.mail import render_mail
from tests.conftest import CUSTOMER, PROVIDER
from tests.unit.delivery.mails import a_mail
from tests.unit.rendering import models

pytestmark = pytest.mark.airflow

UWE = "uwe@acme.example"
Seen = list[tuple[str, str]]
"""Name and address of each recipient."""


def _read(package: MailPackage) -> EmailMessage:
    read = message_from_bytes(mime(package), policy=SMTP)
    assert isinstance(read, EmailMessage)
    return read


def _in_mime(package: MailPackage) -> Seen:
    read = _read(package)
    assert "Bcc" not in read
    fields = (*read.get_all("To"), *(read.get_all("Cc") or ()))
    return [(one.display_name, one.addr_spec) for field in fields for one in field.addresses]


def _in_graph(package: MailPackage) -> Seen:
    made = message(package)
    assert "bccRecipients" not in made
    recipients = [entry["emailAddress"] for key in ("toRecipients", "ccRecipients") for entry in made[key]]
    return [(one["name"], one["address"]) for one in recipients]


READERS: dict[str, Callable[[MailPackage], Seen]] = {"gmail": _in_mime, "outlook": _in_graph}
EVERY_READER = pytest.mark.parametrize("system", READERS)


def to_uwe(name: str, email: str = UWE) -> MailPackage:
    return a_mail(to=(Address(name=name, email=email),), cc=())


@EVERY_READER
@pytest.mark.parametrize(
    "name",
    [
        "Berg, Uwe",
        'Uwe "the CTO" Berg',
        "Berg, Dr. Uwe (CTO); <eve@evil.example>",
        "back\\slash",
        "Söhne & Töchter, Köln",
        "管理者, 東京",
        "eve@evil.example,",
        "Bcc: eve@evil.example",
        "",
    ],
)
def test_a_name_is_a_name_whatever_marks_are_in_it(system: str, name: str) -> None:
    assert READERS[system](to_uwe(name)) == [(name, UWE)]


PRINTED = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))


@EVERY_READER
@given(name=st.text(PRINTED, max_size=120))
def test_no_name_makes_another_recipient(system: str, name: str) -> None:
    assert [address for _, address in READERS[system](to_uwe(name))] == [UWE]


@EVERY_READER
@given(
    before=st.text(PRINTED, max_size=9),
    mark=st.sampled_from([
        chr(n) for n in range(0x2030) if unicodedata.category(chr(n)) in {"Cc", "Zl", "Zp"}
    ]),
)
def test_a_break_in_a_name_is_refused_and_named(system: str, before: str, mark: str) -> None:
    with pytest.raises(DeliveryError, match="line break or control character"):
        READERS[system](to_uwe(f"{before}{mark}Bcc: eve@evil.example"))


@EVERY_READER
@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\u202e"])
def test_a_customers_name_gets_no_header_into_the_mail(system: str, mark: str) -> None:
    subject = render_mail(models.bad(f"ACME{mark}Bcc: eve@evil.example")).subject
    assert READERS[system](a_mail(subject=subject, cc=())) == [("Uwe Berg", UWE)]


@EVERY_READER
@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("uwe@münchen.example", "uwe@xn--mnchen-3ya.example"),
        ("uwe@例え.example", "uwe@xn--r8jz45g.example"),
        ("uwe@BÜCHER.Example", "uwe@xn--bcher-kva.example"),
    ],
)
def test_an_internationalised_domain_goes_out_in_ascii(system: str, written: str, sent: str) -> None:
    customer = _customer(CUSTOMER.replace(UWE, written))
    assert READERS[system](to_uwe("Uwe", customer.recipients[0].email)) == [("Uwe", sent)]


def test_an_address_that_only_some_servers_take_is_refused_in_the_file() -> None:
    with pytest.raises(CustomerFileError, match="expected one mail address"):
        _customer(CUSTOMER.replace(UWE, "üwe@acme.example"))


def test_who_stands_there_twice_is_mailed_once_in_the_first_role() -> None:
    customer = _customer(CUSTOMER.replace("mia@northwind.example", UWE.upper().replace("ACME", "acme")))
    assert [(recipient.role, recipient.name) for recipient in customer.recipients] == [("cto", "Uwe Berg")]


@pytest.mark.parametrize("listed", ["recipients: []\n", "recipients:\n", "", "recipients: {}\n"])
def test_an_empty_list_is_a_mistake_in_the_file(listed: str) -> None:
    head, _, rest = CUSTOMER.partition("recipients:")
    text = head + listed + rest[rest.index("sources:") :]
    with pytest.raises(CustomerFileError) as wrong:
        _customer(text)
    assert wrong.value.key == "recipients"


def _customer(text: str) -> Customer:
    return parse_customer(text, file="acme.yaml", provider=parse_provider(PROVIDER, file="provider.yaml"))
