from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from markdown_it import MarkdownIt

from msp_reports.domain.notes import Note
from msp_reports.domain.records import Basis, SiteAvailability, Source
from msp_reports.domain.report import OutageRow
from msp_reports.rendering.common import MOST_ROWS
from msp_reports.rendering.markdown import render_markdown
from tests.unit.domain import builders as make
from tests.unit.rendering import models
from tests.unit.rendering.corpus import HOSTILE

PARTS = [
    "1. Summary",
    "2. What changed",
    "3. Uptime and SLA",
    "4. Tickets",
    "5. Backup",
    "6. Security",
    "7. Public sites",
    "8. Recommendations",
    "9. About these numbers",
]


def headings(text: str) -> list[str]:
    return [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]


def section(text: str, title: str) -> str:
    return text.split(f". {title}\n")[1].split("\n## ", maxsplit=1)[0]


def test_a_report_has_its_nine_parts_in_order() -> None:
    assert headings(render_markdown(models.quiet())) == PARTS


@pytest.mark.parametrize("source", list(Source))
def test_a_source_that_failed_is_not_available_and_never_says_why(source: Source) -> None:
    text = render_markdown(models.without(source))
    title = PARTS[2 + list(Source).index(source)].split(". ")[1]
    assert section(text, title).strip() == "Not available this week."
    assert "503" not in text


def test_a_system_that_is_not_used_has_no_part_but_of_the_backup_it_is_said() -> None:
    model = replace(models.quiet(), used=(Source.TICKETS,), uptime=None, backup=None)
    text = render_markdown(model)
    assert headings(text) == [
        "1. Summary",
        "2. What changed",
        "3. Tickets",
        "4. Backup",
        "5. Recommendations",
        "6. About these numbers",
    ]
    assert section(text, "Backup").strip() == "Backup is not part of this report."


def test_a_first_week_shows_no_change_and_says_so() -> None:
    text = render_markdown(models.first_week())
    assert "First report: there is no earlier week to compare with." in text
    assert "Change" not in text
    assert "Last week |" not in text


def test_a_number_that_is_not_known_is_never_a_zero() -> None:
    model = models.quiet()
    assert model.tickets is not None
    row = replace(model.tickets.priorities[0], response_breaches=None, resolution_breaches=None)
    unknown = replace(model.tickets.median_resolve_minutes, value=None, before=None)
    tickets = replace(model.tickets, priorities=(row,), median_resolve_minutes=unknown)
    text = section(render_markdown(replace(model, tickets=tickets)), "Tickets")
    assert "| not known | not known |" in text
    assert "| Median time to resolve | not known | – | – |" in text


def test_a_comment_stands_in_its_section_with_its_author() -> None:
    text = render_markdown(models.commented("We **moved** it.\n\n- one\n- two", "backup"))
    assert "> **Comment by Jana Richter**\n>\n> We **moved** it." in section(text, "Backup")


def test_the_window_and_the_fetch_of_each_system_are_told() -> None:
    about = section(render_markdown(models.quiet()), "About these numbers")
    assert "Mon 16 Nov, 00:00 to Mon 23 Nov, 00:00" in about
    assert "Rules used:" in about


@pytest.mark.parametrize("text", HOSTILE)
def test_no_words_of_a_vendor_change_the_structure(text: str) -> None:
    assert structure(models.bad(text)) == structure(models.bad("plain"))


def structure(model: models.ReportModel) -> list[str]:
    reader = MarkdownIt("gfm-like", {"linkify": False})
    return [token.type for token in reader.parse(render_markdown(model))]


VISITED = replace(
    make.site("visited"), basis=Basis.REQUESTS, probes_due=None, p95_ms=None, certificate_days=None
)


def sites(*rows: SiteAvailability) -> str:
    return section(render_markdown(make.report(make.facts(*rows))), "Public sites")


def test_what_a_site_s_figure_is_a_share_of_is_said() -> None:
    text = sites(make.site("checked"), VISITED)
    assert "| Measured by |" in text
    assert "| probes, 100\u00a0% made | 240 ms | 60 days |" in text
    assert "| requests | – | – |" in text
    assert "not a share of time" in text
    assert "is the mean of the sites' own" in text


def test_a_figure_of_too_little_of_the_week_is_marked() -> None:
    text = sites(replace(VISITED, recorded_percent=500 / 7))
    assert "requests, in 71.4 % of the week |" in text
    assert "⚠ Requests are on record for less than 90 % of the week" in text
    assert "probes that were due" not in text
    assert "⚠" not in sites(replace(VISITED, recorded_percent=90.0))


def test_sites_that_are_all_checked_need_no_such_words() -> None:
    text = sites(make.site("checked"), make.site("too"))
    assert "| Probes made |" in text
    assert "requests" not in text


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ((make.site(),), "No outages of public sites this week."),
        ((make.site(), VISITED), "No outages of public sites were seen this week."),
        ((make.site("a"), make.site("b", made=0, good=0)), "No outages of public sites were seen this week."),
        ((make.site(made=0, good=0),), "Whether public sites were down this week is not known."),
    ],
)
def test_no_more_is_said_of_outages_than_was_looked_at(rows: tuple[SiteAvailability, ...], said: str) -> None:
    assert said in sites(*rows)


def test_notes_on_the_numbers_stand_in_full_beside_their_system() -> None:
    now = make.facts(*make.quiet(), sources=[Source.BACKUP])
    sentences = ("First estimate. " * 10 + "End of the first.", "Second estimate.")
    notes = tuple(Note(message=each) for each in sentences)
    told = replace(now, snapshots=(replace(now.snapshots[0], approximations=notes),))
    text = section(render_markdown(make.report(told)), "About these numbers")
    assert f"| {sentences[0]} {sentences[1]} |" in text
    assert "| Complete. |" in section(render_markdown(make.report(now)), "About these numbers")


@pytest.mark.parametrize("otherwise", [True, False])
def test_a_change_that_is_not_shown_has_its_reason_in_words(otherwise: bool) -> None:
    model = make.report(make.facts(make.site("a"), make.site("b")), make.last(make.site("b")))
    assert model.availability is not None
    first, second = model.availability.sites
    section = replace(
        model.availability,
        sites=(replace(first, measured_otherwise=otherwise), second),
        measured_otherwise=otherwise,
    )
    text = render_markdown(replace(model, availability=section))
    for reason in (
        "No change is shown for a, measured in another way last week.",
        "No change is shown for all public sites together: last week's figure was measured in another way.",
    ):
        assert (reason in text) is otherwise


SINCE = datetime(2026, 11, 18, 2, tzinfo=UTC)


def down(name: str, *, site: str = "Berlin", hours: int = 1) -> OutageRow:
    return OutageRow(
        name=name,
        site=site,
        started_at=SINCE,
        ended_at=SINCE + timedelta(hours=hours),
        minutes=60 * hours,
        began_before=False,
        cause="",
    )


def outages_told(*rows: OutageRow) -> list[str]:
    """The first cells of the table of outages."""
    model = models.bad()
    assert model.uptime is not None
    text = render_markdown(replace(model, uptime=replace(model.uptime, outages=rows)))
    table = text.split("### Outages, longest first")[1].split("##")[0]
    return [line.split(" | ")[0].removeprefix("| ") for line in table.splitlines() if "18 Nov" in line]


def test_devices_of_a_site_that_went_and_came_back_together_are_one_row() -> None:
    names = ("a", "b", "c", "d", "e")
    assert outages_told(*map(down, names)) == ["5 devices at Berlin (a, b, c and 2 more)"]


def test_outages_at_another_site_or_of_another_length_are_rows_of_their_own() -> None:
    rows = (down("a"), down("b"), down("c", site="Rome"), down("d", hours=2))
    assert outages_told(*rows) == ["2 devices at Berlin (a and b)", "c (Rome)", "d (Berlin)"]


def test_a_site_that_a_device_s_name_tells_is_not_told_again() -> None:
    rows = (down("sw-Rome 1", site="Rome", hours=1), down("chrome-1", site="rome", hours=2))
    assert outages_told(*rows) == ["sw-Rome 1", "chrome-1 (rome)"]


def test_what_is_left_out_of_a_long_list_is_counted_by_outages_not_by_rows() -> None:
    together = [down(f"a{n}", hours=30) for n in range(5)]
    single = [down(f"b{n}", hours=n + 1) for n in range(MOST_ROWS + 1)]
    model = models.bad()
    assert model.uptime is not None
    text = render_markdown(replace(model, uptime=replace(model.uptime, outages=(*together, *single))))
    assert "and 2 more" in text.split("### Outages, longest first")[1].split("##")[0].splitlines()[-2:]
