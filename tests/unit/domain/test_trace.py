"""Every number says which answers it rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.domain.trace import AGREED, Trace, numbers, path_text, trace
from tests.unit.domain import builders as make

WEEK, LAST = make.WEEK.label, make.WEEK.prior().label


def busy() -> ReportModel:
    records = (
        make.device("sw1", down=200_000),
        *make.tickets_in(make.WEEK, 12),
        make.machine("DC01", hours=90),
        make.incident(severity="high"),
        *make.scores(71.0, 60.0),
        make.site(good=1500),
        make.site_outage(seconds=5400),
    )
    before = [make.quiet(make.WEEK.prior(n)) for n in (1, 2, 3)]
    past = [make.facts(*told, week=make.WEEK.prior(n)) for n, told in zip((1, 2, 3), before, strict=True)]
    return make.report(make.facts(*records), *past)


@pytest.fixture(scope="module")
def model() -> ReportModel:
    return busy()


@pytest.fixture(scope="module")
def traced(model: ReportModel) -> Trace:
    return trace(model)


def test_no_number_lacks_an_origin(model: ReportModel, traced: Trace) -> None:
    paths = [path_text(path) for path, _ in numbers(model)]
    assert len(paths) > 100
    for path in paths:
        assert traced.numbers[path], path
        assert set(traced.numbers[path]) <= set(traced.origins), path


def test_an_origin_says_system_window_time_and_rows(model: ReportModel, traced: Trace) -> None:
    origin = traced.origins[f"zabbix {WEEK}"]
    (entry,) = [entry for entry in model.provenance if entry.system == "zabbix"]
    assert origin.system == "zabbix"
    assert (origin.window_start, origin.window_end) == (make.WEEK.start_utc, make.WEEK.end_utc)
    assert (origin.fetched_at, origin.rows) == (entry.fetched_at, entry.rows)


def test_a_figure_its_comparison_and_its_history_are_each_of_their_week(traced: Trace) -> None:
    assert traced.numbers["uptime.uptime.value"] == (f"zabbix {WEEK}",)
    assert traced.numbers["uptime.uptime.before"] == (f"zabbix {LAST}",)
    told = [traced.numbers[f"uptime.uptime.history[{n}]"] for n in range(4)]
    assert told == [(f"zabbix {make.WEEK.prior(back).label}",) for back in (3, 2, 1, 0)]
    assert traced.origins[f"zabbix {LAST}"].window_start == make.WEEK.prior().start_utc


def test_the_secure_score_is_compared_within_the_week(traced: Trace) -> None:
    assert traced.numbers["security.score.before"] == (f"defender {WEEK}",)


def test_a_target_comes_from_the_agreement(model: ReportModel, traced: Trace) -> None:
    fall = next(n for n, finding in enumerate(model.findings) if finding.source is Source.UPTIME)
    assert traced.numbers["uptime.target"] == traced.numbers[f"findings[{fall}].threshold"] == (AGREED,)
    assert traced.origins[AGREED].fetched_at is None


def test_sentences_rest_on_what_their_finding_rests_on(model: ReportModel, traced: Trace) -> None:
    first = model.findings[0]
    assert first.source is Source.SECURITY
    assert (
        traced.numbers["findings[0].sentence"] == traced.numbers["findings[0].after"] == (f"defender {WEEK}",)
    )
    assert model.summary[0] == first.sentence
    assert traced.numbers["summary[0]"] == (f"defender {WEEK}",)


def test_two_systems_of_one_section_are_both_named() -> None:
    facts = make.facts(*make.quiet())
    second = make.snapshot(Source.BACKUP, system="veeam")
    both = make.report(replace(facts, snapshots=(*facts.snapshots, second)))
    assert trace(both).numbers["backup.met.value"] == (f"datto {WEEK}", f"veeam {WEEK}")


def test_a_system_that_did_not_answer_is_no_origin() -> None:
    facts = make.facts(*make.quiet(), missing=[Source.TICKETS])
    told = trace(make.report(facts))
    assert f"connectwise {WEEK}" not in told.numbers["summary[0]"]


def test_in_a_first_week_nothing_rests_on_an_earlier_one() -> None:
    told = trace(make.report(make.facts(*make.quiet())))
    assert {origin.week for origin in told.origins.values()} == {WEEK, None}


def sentences(model: ReportModel) -> dict[str, tuple[str, ...]]:
    told = trace(model).numbers
    said = {text: told[f"summary[{n}]"] for n, text in enumerate(model.summary)}
    return said | {
        item.text: told[f"recommendations[{n}].text"] for n, item in enumerate(model.recommendations)
    }


def test_a_sentence_that_compares_rests_on_both_weeks_and_one_of_a_section_on_its_systems_alone() -> None:
    now = make.facts(make.device(down=60_000), *make.tickets_in(make.WEEK, 30))
    told = sentences(make.report(now, make.last(make.device(), *make.tickets_in(make.WEEK.prior(), 10))))
    both = (f"connectwise {WEEK}", f"connectwise {LAST}")
    assert told["30 tickets were opened, up from 10 last week."] == both
    assert told["No machine is in the backup."] == (f"datto {WEEK}",)
    assert told["Look for a common cause of the 30 tickets opened this week."] == both


def test_a_sentence_about_several_rests_on_their_systems() -> None:
    machines = [make.machine(f"SRV{n}", hours=90) for n in range(3)]
    told = sentences(make.report(make.facts(*machines), make.last()))
    several = next(text for text in told if "SRV0" in text and "SRV1" in text)
    assert told[several] == (f"datto {WEEK}",)


def test_a_sentence_about_weeks_in_a_row_rests_on_each_of_them() -> None:
    weeks = [make.WEEK.prior(n) for n in range(3)]
    stored = [make.facts(make.device(down=9000), week=week) for week in weeks]
    told = sentences(make.report(stored[0], *stored[1:], make.facts(make.device(), week=make.WEEK.prior(3))))
    third = next(text for text in told if "third week in a row" in text)
    assert told[third] == tuple(f"zabbix {week.label}" for week in weeks)


def test_the_sentence_of_a_quiet_week_rests_on_what_it_tells() -> None:
    model = make.report(make.facts(make.device(), sources=(Source.UPTIME, Source.BACKUP)))
    told = trace(model).numbers
    assert model.summary == (
        "A quiet first week, with nothing to compare with yet: uptime 100 %.",
        "No machine is in the backup.",
    )
    assert (told["summary[0]"], told["summary[1]"]) == ((f"zabbix {WEEK}",), (f"datto {WEEK}",))
