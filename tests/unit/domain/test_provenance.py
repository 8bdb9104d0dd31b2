"""Every number can be traced: which system, which window, when fetched, how many rows."""

from __future__ import annotations

from datetime import timedelta

from msp_reports.domain.records import Source
from tests.unit.domain.builders import SYSTEMS, WEEK, facts, last, quiet, report


def test_each_section_names_system_window_fetch_and_rows() -> None:
    model = report(facts(*quiet()), last(*quiet(WEEK.prior())))
    told = {entry.source: entry for entry in model.provenance}
    assert set(told) == set(Source)
    for source, entry in told.items():
        assert entry.system == SYSTEMS[source]
        assert (entry.window_start, entry.window_end) == (WEEK.start_utc, WEEK.end_utc)
        assert entry.fetched_at == WEEK.end_utc + timedelta(hours=6)
        assert (entry.rows, entry.requests) == (10, 3)
        assert entry.available


def test_a_missing_source_is_told_without_its_reason() -> None:
    model = report(facts(*quiet(), missing=[Source.BACKUP]))
    (entry,) = [entry for entry in model.provenance if entry.source is Source.BACKUP]
    assert not entry.available
    assert "503" not in str(entry)
