from __future__ import annotations

import pytest

from tests.golden.pages import page_of, path_of
from tests.golden.stories import STORIES

RENEW = "read the difference; if it is meant, write the golden pages anew with `make goldens` and commit them"


@pytest.mark.parametrize("name", STORIES)
def test_the_page_reads_as_it_was_last_approved(name: str) -> None:
    golden = path_of(name)
    assert golden.exists(), f"no golden page of {name}: {RENEW}"
    assert page_of(STORIES[name]) == golden.read_text(encoding="utf-8"), f"{name} reads otherwise: {RENEW}"


def test_a_correction_says_what_it_replaces_and_what_came_right() -> None:
    correction = STORIES["corrected"]().correction
    assert correction is not None
    assert "Security: was missing and is in the report now." in correction.changes
    assert any("FS02" in change for change in correction.changes)


def test_every_golden_page_has_its_story() -> None:
    assert {path.stem for path in path_of("x").parent.glob("*.md")} == set(STORIES), RENEW


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("first_week", "NAS01 has had no good backup for 52 hours; the target is 48 hours."),
        ("source_missing", "Security figures are not available this week."),
        ("all_quiet", "A quiet week: "),
        ("everything_bad", "Uptime fell by 15 points to 85.0 %"),
        ("huge", "10 of 300 machines have no good backup within target"),
        (
            "non_latin",
            "A high-severity security incident has been open for 3 days: Ύποπτη σύνδεση — 不審なサインイン.",
        ),
        ("persisting_finding", "for the fourth week in a row"),
        ("recovered_finding", "the target had been missed for 3 weeks"),
        ("missing_and_back", "Backup figures are available again; they had been missing for 2 weeks."),
    ],
)
def test_the_summary_tells_the_story(name: str, said: str) -> None:
    assert any(said in sentence for sentence in STORIES[name]().summary)
