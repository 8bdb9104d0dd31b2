"""Prometheus, fed with bad answers. A range comes whole: there are no pages and no page tokens."""

from __future__ import annotations

from typing import Any

import pytest

from msp_reports.domain.errors import (
    ChangedShapeError,
    FatalSourceError,
    ForeignRowError,
    RetriableSourceError,
)
from msp_reports.hooks.verdicts import UnexpectedStatusError
from tests.bad_input.table import PARTIAL, SAME, Meddler, Row, answer, common, edit, judge

pytestmark = pytest.mark.airflow

SAMPLES, EXPIRY = r"/query\?query=%7B", r"/query\?query=last_over_time"


def series_of(body: Any, name: str = "probe_success") -> dict[str, Any]:
    found: list[dict[str, Any]] = body["data"]["result"]
    return next(row for row in found if row["metric"].get("__name__", name) == name)


def on_series(change: Any) -> Any:
    return edit(lambda body: change(series_of(body)) and None)


def on_sample(value: Any) -> Any:
    return on_series(lambda series: series["values"].__setitem__(7, value))


def relabelled(**labels: str) -> Any:
    return on_series(lambda series: series["metric"].update(labels))


def twice(body: Any) -> None:
    body["data"]["result"].append(series_of(body) | {"values": []})


def repeated(series: dict[str, Any]) -> None:
    series["values"] += series["values"]


def as_numbers(series: dict[str, Any]) -> None:
    """Times as text and values as numbers: the other way round than documented."""
    series["values"] = [[str(at), float(value)] for at, value in series["values"]]


def ten_times(series: dict[str, Any]) -> None:
    """Ten samples where one was due: the interval is not the file's."""
    more = [[at + n * 0.001, value] for at, value in series["values"] for n in range(10)]
    series["values"] = more


def too_old(series: dict[str, Any]) -> None:
    """Samples of other weeks beside those asked for."""
    first = series["values"][0]
    series["values"] = [[first[0] - 86_400, "0"], [first[0] - 86_100, "0"], *series["values"]]


def refused(status: int, kind: str) -> Any:
    return answer(status, {"status": "error", "errorType": kind, "error": "no"})


TABLE = [
    *common(SAMPLES),
    *common(EXPIRY),
    Row("a missing field", SAMPLES, on_series(lambda series: series.pop("values")), ChangedShapeError),
    Row("a missing label", SAMPLES, on_series(lambda series: series["metric"].pop("job")), ForeignRowError),
    Row("a wrong type", SAMPLES, on_series(lambda series: series.update(values="up")), ChangedShapeError),
    Row("a null where a number stood", SAMPLES, on_sample([1, None]), ChangedShapeError),
    Row("a word where a number stood", SAMPLES, on_sample([1, "up"]), ChangedShapeError),
    Row("a certificate without a time", EXPIRY, on_series(lambda s: s.pop("value")), ChangedShapeError),
    Row("samples that come twice", SAMPLES, on_series(repeated), SAME),
    Row("a second series of the same labels", SAMPLES, edit(twice), PARTIAL),
    Row("a series of another target", SAMPLES, relabelled(instance="http://beta.example/"), ForeignRowError),
    Row("a certificate of another target", EXPIRY, relabelled(job="other"), ForeignRowError),
    Row("samples of another time", SAMPLES, on_series(too_old), SAME),
    Row("string numbers the other way round", SAMPLES, on_series(as_numbers), SAME),
    Row("a 10× larger answer", SAMPLES, on_series(ten_times), PARTIAL),
    Row("a warning", SAMPLES, edit(lambda body: body.update(warnings=["half"])), PARTIAL),
    Row("an error with 200", SAMPLES, refused(200, "bad_data"), FatalSourceError),
    Row("an error with 422", SAMPLES, refused(422, "execution"), UnexpectedStatusError),
    Row("an error with 503", SAMPLES, refused(503, "timeout"), RetriableSourceError),
    Row(
        "a vector for a matrix",
        SAMPLES,
        edit(lambda body: body["data"].update(resultType="vector")),
        ChangedShapeError,
    ),
    Row(
        "null where a list stood",
        SAMPLES,
        edit(lambda body: body["data"].update(result=None)),
        ChangedShapeError,
    ),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.name} {row.where}")
def test_no_bad_answer_becomes_a_number(meddled: Meddler, row: Row) -> None:
    judge(meddled, "blackbox", "obrien", row)
