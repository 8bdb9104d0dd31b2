"""The hostile corpus as the facts of a week: stored, loaded, compared, commented, and drawn in every way."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count, cycle
from pathlib import Path

import pytest
from pypdf import PdfReader

from msp_reports.assets import font_dir
from msp_reports.domain.records import Source
from msp_reports.domain.report import Comment, ReportModel
from msp_reports.rendering.bundled import SCHEME, BundledOnly, FetchRefusedError
from msp_reports.rendering.cards import weekly_card
from msp_reports.rendering.comments import as_text, comment_html
from msp_reports.rendering.mail import render_mail
from msp_reports.rendering.markdown import render_markdown
from msp_reports.rendering.page import build_page
from msp_reports.rendering.pdf import RenderedReport, render_pdf
from msp_reports.rendering.review import review_body
from msp_reports.rendering.templates import page_templates
from msp_reports.rendering.text import plain
from msp_reports.steps.approve import TITLES, printed, suggestions
from msp_reports.store.database import transaction
from msp_reports.store.snapshots import SnapshotRepository
from tests.hostile.positions import SOURCE_OF, a_bad_week, told
from tests.hostile.reading import (
    HIDDEN,
    JOINER,
    Piece,
    card_pieces,
    html_pieces,
    markdown_pieces,
    tree_pieces,
)
from tests.hostile.strings import CORPUS, STRINGS
from tests.hostile.test_hostile_pdf import actions
from tests.unit.domain import builders as make
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

RECORDS = a_bad_week(6)
STEP = 13
"""Strings of one class do not stand side by side."""


def words_needed() -> int:
    numbers = count()
    told(RECORDS, (f"w{number}w" for number in numbers))
    return next(numbers)


WORDS = words_needed()
DOCUMENTS = 2 * -(-len(STRINGS) // WORDS)
CHOSEN = 4
"""At most so many rows are shown or not by the order of their names."""
PARAGRAPHS = [("p",), ("end", "p")]


def reported(words: Sequence[str]) -> ReportModel:
    """The report of a week whose every text is the next of `words`, as the tasks make it of stored facts."""
    records = told(RECORDS, iter(words))
    with transaction() as connection:
        snapshots = SnapshotRepository(connection)
        for source in Source:
            of_source = [record for record in records if SOURCE_OF[type(record)] is source]
            said = replace(make.snapshot(source), reason=words[0], skipped=(words[1],))
            snapshots.save(said, of_source, {"raw": words[2]})
        (current,) = snapshots.load_weeks("acme", [make.WEEK.label])
    model = make.report(current, make.last(*make.quiet(make.WEEK.prior())))
    kept = {section: f"{text}\nWe are on it." for section, text in suggestions(model).items()}
    comments = (
        comment
        for section, author in zip(TITLES, words, strict=False)
        for comment in printed(model, {section: kept.get(section, "Seen.")}, author)
    )
    return replace(model, comments=tuple(comments))


def page(model: ReportModel) -> str:
    return page_templates().get_template("report.html.j2").render(page=build_page(model), logo="")


def review(model: ReportModel, words: Sequence[str]) -> str:
    return review_body(model, reasons={"zabbix": words[0]}, pdf_link="/draft.pdf")


def renderings(model: ReportModel, words: Sequence[str]) -> dict[str, list[tuple[Piece, str]]]:
    return {
        "page": [*html_pieces(page(model))],
        "page as it is drawn": [*tree_pieces(page(model))],
        "Markdown": [*markdown_pieces(render_markdown(model))],
        "mail": [*html_pieces(render_mail(model).html)],
        "card": [*card_pieces(weekly_card(model, key="k1", by_mail=True))],
        "review": [*markdown_pieces(review(model, words))],
    }


def structure(pieces: Sequence[tuple[Piece, str]]) -> Counter[Piece]:
    """What markup there is; rows are sorted by their names, so not in which order."""
    return Counter(piece for piece, _ in pieces if piece != ("text",))


def read(pieces: Sequence[tuple[Piece, str]]) -> str:
    return squeezed("".join(text for _, text in pieces))


def squeezed(text: str) -> str:
    return re.sub(rf"[\s{JOINER}]+", "", text)


def opened(drawn: RenderedReport) -> PdfReader:
    return PdfReader(io.BytesIO(drawn.pdf))


def shown(words: Sequence[str], pieces: Sequence[tuple[Piece, str]]) -> int:
    """How many of the words can be read."""
    text = read(pieces)
    return sum(beginning(word) in text for word in words)


def beginning(word: str) -> str:
    """As much of it as the narrowest cell shows."""
    return squeezed(plain(word)[:30])


def words_of(document: int) -> list[str]:
    return [STRINGS[place * STEP % len(STRINGS)] for place in range(document * WORDS, (document + 1) * WORDS)]


@pytest.fixture
def meant() -> ReportModel:
    return reported([f"w{number}w" for number in range(WORDS)])


def test_each_string_is_in_several_positions() -> None:
    told_of = Counter(word for document in range(DOCUMENTS) for word in words_of(document))
    assert set(told_of) == set(STRINGS)
    assert min(told_of.values()) > 1


def test_they_are_text_wherever_they_are_shown(meant: ReportModel) -> None:
    harmless = [f"w{number}w" for number in range(WORDS)]
    expected = renderings(meant, harmless)
    for document in range(DOCUMENTS):
        words = words_of(document)
        for kind, pieces in renderings(reported(words), words).items():
            assert structure(pieces) == structure(expected[kind]), (document, kind)
            assert not HIDDEN.search("".join(text for _, text in pieces)), (document, kind)
            assert shown(words, pieces) >= shown(harmless, expected[kind]) - CHOSEN, (document, kind)


def test_in_the_pdf_they_ask_for_nothing_and_do_nothing(
    meant: ReportModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = BundledOnly.fetch
    monkeypatch.setattr(
        BundledOnly, "fetch", lambda self, url, *rest: asked.append(url) or fetch(self, url, *rest)
    )
    words = [
        f"{text} {number}" for text, number in zip(cycle(CORPUS["fetching"]), range(WORDS), strict=False)
    ]
    drawn = render_pdf(reported(words))
    assert drawn.warnings == ()
    plain_one = render_pdf(meant)
    assert set(actions(opened(drawn))) == set(actions(opened(plain_one)))
    assert asked
    assert not [url for url in asked if url not in {f"{SCHEME}{path.name}" for path in font_dir().iterdir()}]


@pytest.mark.parametrize("text", CORPUS["fetching"])
def test_as_markup_they_would_ask_and_be_refused(config: Path, text: str) -> None:
    """Or that nothing was asked for would say nothing about these strings."""
    own = config / "brand" / "templates"
    own.mkdir(parents=True)
    (own / "report.html.j2").write_text(f"{{% raw %}}<p>x</p>{text}{{% endraw %}}", encoding="utf-8")
    with pytest.raises(FetchRefusedError):
        render_pdf(models.quiet())


def test_as_the_author_of_a_comment_they_are_text() -> None:
    def signed(authors: Iterable[str]) -> ReportModel:
        comments = (Comment(section="summary", text="Seen.", author=author) for author in authors)
        return replace(models.quiet(), comments=tuple(comments))

    expected, found = signed(f"w{number}w" for number in range(len(STRINGS))), signed(STRINGS)
    assert structure(html_pieces(page(found))) == structure(html_pieces(page(expected)))
    markdown = [structure([*markdown_pieces(render_markdown(model))]) for model in (found, expected)]
    assert markdown[0] == markdown[1]


def test_in_a_suggestion_that_was_edited_they_are_text() -> None:
    for text in STRINGS:
        suggested = as_text(f"Open: {text}") if text.isspace() else as_text(text)
        pieces = html_pieces(comment_html(f"{suggested}\n\nWe are on it."))
        marks = [piece for piece, _ in pieces if piece != ("text",)]
        assert marks in (PARAGRAPHS * 2, PARAGRAPHS), text
        assert squeezed(plain(text)) in read(pieces), text
