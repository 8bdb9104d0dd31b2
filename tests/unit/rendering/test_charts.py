"""The outage strip reads without its colours."""

from __future__ import annotations

import re
from datetime import timedelta

from msp_reports.domain.report import SiteOutageRow
from msp_reports.rendering.charts import outage_strip
from tests.unit.domain.builders import WEEK

DAYS = tuple("MTWTFSS")
WIDTH = 480.0


def outage(*, hours_in: float, hours: float | None) -> SiteOutageRow:
    start = WEEK.start_utc + timedelta(hours=hours_in)
    end = None if hours is None else start + timedelta(hours=hours)
    return SiteOutageRow(name="shop", started_at=start, ended_at=end, minutes=60, cause="")


def strip(*outages: SiteOutageRow) -> str:
    return outage_strip(outages, WEEK.start_utc, WEEK.end_utc, DAYS)


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """x, y, width and height: the strip, then its outages."""
    found = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', svg)
    return [(float(x), float(y), float(width), float(height)) for x, y, width, height in found]


def test_an_outage_rises_above_the_strip_and_days_are_divided_below_it() -> None:
    svg = strip(outage(hours_in=30, hours=2))
    (_, top, _, height), (_, above, _, _) = boxes(svg)
    dividers = re.findall(r'y1="([\d.]+)" x2="[\d.]+" y2="([\d.]+)" stroke="[^"]+" stroke-width="0.8"', svg)
    assert above < top
    assert len(dividers) == len(DAYS) - 1
    assert all(top + height <= float(upper) < float(lower) for upper, lower in dividers)


def test_one_that_goes_on_has_an_arrow_at_the_end_and_one_that_ended_has_none() -> None:
    assert "<path" in strip(outage(hours_in=167.9, hours=None))
    assert "<path" not in strip(outage(hours_in=167, hours=1))


def test_the_shortest_outage_is_seen_and_stays_on_the_strip() -> None:
    for hours_in in (0.0, 80.0, 167.99):
        svg = strip(outage(hours_in=hours_in, hours=0.005))
        x, _, width, _ = boxes(svg)[1]
        assert width > 1
        assert x + width <= WIDTH + 0.1


def test_without_one_that_goes_on_the_strip_is_as_wide_as_the_page() -> None:
    assert boxes(strip(outage(hours_in=1, hours=1)))[0][2] == WIDTH
