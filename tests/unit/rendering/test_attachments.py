"""The numbers that travel with the page."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.records import Source
from msp_reports.domain.report import ReportModel
from msp_reports.domain.trace import numbers, path_text
from msp_reports.rendering.attachments import attached_files, report_json
from msp_reports.steps.model_json import dump_model, load_model
from tests.unit.rendering import models


def table(model: ReportModel, name: str) -> list[dict[str, str]]:
    (content,) = [file.content for file in attached_files(model) if file.name == name]
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def whole(model: ReportModel) -> dict[str, Any]:
    return dict(json.loads(report_json(model)))


@pytest.mark.parametrize("model", [models.quiet(), models.first_week(), models.bad("Büro 東京")])
def test_the_json_holds_the_whole_model_exactly(model: ReportModel) -> None:
    told = whole(model)
    assert told["schema"] == "msp-report/1"
    assert load_model(told["report"]) == model


def test_every_number_of_the_json_is_traced() -> None:
    model = models.bad()
    told = whole(model)
    for path in (path_text(path) for path, _ in numbers(model)):
        assert told["trace"][path], path
        for name in told["trace"][path]:
            assert set(told["origins"][name]) == {
                "system", "week", "window_start", "window_end", "fetched_at", "rows"
            }  # fmt: skip


def test_a_stored_model_has_the_same_attachments_as_a_fresh_one() -> None:
    model = models.bad()
    assert attached_files(load_model(json.loads(dump_model(model)))) == attached_files(model)


def test_one_table_for_each_list_of_a_known_section() -> None:
    names = {file.name for file in attached_files(models.quiet())}
    assert {"findings.csv", "figures.csv", "sources.csv", "uptime-outages.csv", "tickets-days.csv"} <= names
    without = {file.name for file in attached_files(models.without(Source.BACKUP, Source.TICKETS))}
    assert names - without == {"backup-machines.csv", "tickets-days.csv", "tickets-priorities.csv"}


def test_a_table_without_rows_has_its_header() -> None:
    (file,) = [file for file in attached_files(models.quiet()) if file.name == "uptime-outages.csv"]
    assert file.content == b"name,site,started_at,ended_at,minutes,began_before,cause\r\n"


def test_the_backup_matrix_is_machines_by_days() -> None:
    model = models.bad("DC01")
    assert model.backup is not None
    (row,) = table(model, "backup-machines.csv")
    days = [key for key in row if key.startswith("2026-")]
    assert days == [f"2026-11-{day}" for day in range(16, 23)]
    assert [row[day] for day in days] == [state.value for state in model.backup.rows[0].days]
    assert (row["rpo_met"], row["last_good_at"]) == ("false", "2026-11-19T06:00:00+01:00")


def test_figures_are_told_week_by_week() -> None:
    rows = [row for row in table(models.bad(), "figures.csv") if row["figure"] == "tickets.opened"]
    assert [(row["week"], row["value"], row["compared_with"]) for row in rows] == [
        ("2026-W47", "12.0", "4.0"),
        ("2026-W46", "4.0", ""),
    ]


def test_what_is_not_known_is_an_empty_cell() -> None:
    model = models.quiet()
    assert model.availability is not None
    site = replace(model.availability.sites[0], certificate_days=None)
    silent = replace(model, availability=replace(model.availability, sites=(site,)))
    assert table(silent, "sites.csv")[0]["certificate_days"] == ""


@given(words=st.text(max_size=40), lead=st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", "＝", ""]))
def test_a_cell_of_theirs_is_never_a_formula_and_never_loses_a_row(words: str, lead: str) -> None:
    model = replace(models.quiet(), findings=tuple(
        replace(models.bad().findings[0], entity=f"{lead}{words}") for _ in range(2)
    ))  # fmt: skip
    rows = table(model, "findings.csv")
    assert len(rows) == 2
    assert not rows[0]["entity"].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))
    assert rows[0]["after"] == str(model.findings[0].after)


@given(words=st.text(" ;,\"\n\t'=+-@a1", max_size=12), entity=st.text(' ;,"\n=a', max_size=8))
def test_nor_where_a_spreadsheet_separates_by_semicolons(words: str, entity: str) -> None:
    finding = replace(models.bad().findings[0], sentence=words, entity=entity)
    model = replace(models.quiet(), findings=(finding,))
    (content,) = [file.content for file in attached_files(model) if file.name == "findings.csv"]
    for row in csv.reader(io.StringIO(content.decode(), newline=""), delimiter=";"):
        for cell in row:
            assert not cell.lstrip(' "\t').startswith(("=", "+", "-", "@")), content


def test_a_sign_inside_of_words_stays_as_it_is() -> None:
    finding = replace(models.bad().findings[0], entity="a=b; c, -5 @home; =1")
    (row,) = table(replace(models.quiet(), findings=(finding,)), "findings.csv")
    assert row["entity"] == "a=b; c, -5 @home; '=1"


def test_numbers_stay_numbers() -> None:
    finding = replace(models.bad().findings[0], before=-3.5, entity="=1+1")
    (row,) = table(replace(models.quiet(), findings=(finding,)), "findings.csv")
    assert (row["before"], row["entity"]) == ("-3.5", "'=1+1")


def test_half_a_surrogate_pair_and_a_zero_byte_survive_as_marks() -> None:
    odd = "a\ud800b\x00c"
    finding = replace(models.bad().findings[0], entity=odd)
    model = replace(models.quiet(), findings=(finding,))
    assert whole(model)["report"]["findings"][0]["entity"] == odd
    assert table(model, "findings.csv")[0]["entity"] == "a‹U+D800›b‹U+0000›c"
