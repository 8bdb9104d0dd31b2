"""Each hostile string in every position, through the whole path: it is read, and does nothing else."""

from __future__ import annotations

import re
import unicodedata
from email import message_from_bytes
from itertools import repeat

import pytest
from pydantic import TypeAdapter, ValidationError

from msp_reports.customer_files import Code
from msp_reports.delivery import outlook
from msp_reports.delivery.contract import Address, MailPackage
from msp_reports.delivery.gmail import mime
from msp_reports.domain.report import ReportModel
from msp_reports.rendering.cards import Card, weekly_card
from msp_reports.rendering.mail import MailText, render_mail
from msp_reports.rendering.markdown import render_markdown
from msp_reports.rendering.page import build_page
from msp_reports.rendering.templates import page_templates
from msp_reports.rendering.text import visible
from tests.hostile.positions import everything, filled, positions
from tests.hostile.reading import card_pieces, differences, harmless, html_pieces, markdown_pieces
from tests.hostile.strings import CORPUS, STRINGS

SMALL = everything(1)
PLACES = positions(SMALL)
MEANT = filled(SMALL, harmless(PLACES))


def page(model: ReportModel) -> str:
    return page_templates().get_template("report.html.j2").render(page=build_page(model), logo="")


def card(model: ReportModel) -> Card:
    return weekly_card(model, key="k1", by_mail=True)


def lines(text: str) -> list[tuple[tuple[str, ...], str]]:
    return [((), line) for line in text.split("\n")]


def mail(note: MailText) -> MailPackage:
    """The mail with its subject wherever a header has free text."""
    return MailPackage(
        key="k1",
        sender=Address(name=note.subject, email="a@msp.example"),
        reply_to=Address(name=note.subject, email="b@msp.example"),
        to=(Address(name=note.subject, email="c@acme.example"),),
        cc=(),
        subject=note.subject,
        text=note.text,
        html=note.html,
        attachment_name="acme-2026-W47.pdf",
        attachment=b"",
    )


def headers(note: MailText) -> list[str]:
    """Names of the headers of the mail as it goes out."""
    return message_from_bytes(mime(mail(note))).keys()


def outlook_headers(note: MailText) -> list[str]:
    """What Exchange makes headers of."""
    message = outlook.message(mail(note))
    named = (*message["toRecipients"], *message["ccRecipients"], *message["replyTo"])
    return [message["subject"], *(entry["emailAddress"]["name"] for entry in named)]


LINKS = re.compile(r"(?i)https?://|www\.|mailto:|xmpp:|@\w")
SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
MEANT_MAIL = render_mail(MEANT)
MEANT_NOTE, MEANT_LINES = tuple(html_pieces(MEANT_MAIL.html)), lines(MEANT_MAIL.text)
MEANT_CARD = tuple(card_pieces(card(MEANT)))
MEANT_PAGE = tuple(html_pieces(page(MEANT)))
MEANT_MARKDOWN = tuple(markdown_pieces(render_markdown(MEANT)))


def test_there_are_enough_of_them_and_no_two_alike() -> None:
    assert len(STRINGS) == len(set(STRINGS)) >= 300


@pytest.mark.parametrize("kind", CORPUS)
def test_on_the_page_and_in_markdown(kind: str) -> None:
    for text in CORPUS[kind]:
        words = [text] * PLACES
        model = filled(SMALL, iter(words))
        assert not [*differences(html_pieces(page(model)), MEANT_PAGE, words)], text
        assert not [*differences(markdown_pieces(render_markdown(model)), MEANT_MARKDOWN, words)], text


@pytest.mark.parametrize("kind", CORPUS)
def test_in_mail_and_card(kind: str) -> None:
    for text in CORPUS[kind]:
        words = [text] * PLACES
        model = filled(SMALL, iter(words))
        note = render_mail(model)
        assert not [*differences(html_pieces(note.html), MEANT_NOTE, words)], text
        assert not [*differences(lines(note.text), MEANT_LINES, words)], text
        assert not [*differences([((), note.subject)], [((), MEANT_MAIL.subject)], words)], text
        assert not [*differences(card_pieces(card(model)), MEANT_CARD, words)], text
        assert headers(note) == headers(MEANT_MAIL)
        for value in outlook_headers(note):
            assert "=?" not in value, text
            assert not {unicodedata.category(char) for char in value} & {"Cc", "Zl", "Zp"}, text


def test_no_card_holds_what_a_reader_would_make_a_link() -> None:
    for text in STRINGS:
        read = "".join(content for piece, content in card_pieces(card(filled(SMALL, repeat(text)))) if piece)
        assert not LINKS.search(read.replace(SCHEMA, "")), text


def test_no_code_of_a_customer_names_another_file() -> None:
    codes = TypeAdapter(Code)
    for text in STRINGS:
        with pytest.raises(ValidationError):
            codes.validate_python(f"{text} ")


def test_what_is_shown_has_no_hidden_power() -> None:
    for text in STRINGS:
        for char in visible(text):
            assert char in "\n\t\u200c\u200d\ufe0f" or (
                unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
            ), (text, char)
