from __future__ import annotations

from typing import Any

import pytest

from msp_reports.domain.errors import ChangedShapeError
from msp_reports.sources.rows import RowReader, VendorRow


class Part(VendorRow):
    count: int


@pytest.mark.parametrize("rows", [[{}], [{"count": 1}, {"count": None}], [{"count": "x"}, {"count": 2}]])
def test_parts_of_one_figure_are_read_whole_or_not_at_all(rows: list[dict[str, Any]]) -> None:
    with pytest.raises(ChangedShapeError, match="count"):
        RowReader().read_all(Part, rows, "parts")


def test_parts_that_can_be_read_are_all_counted() -> None:
    reader = RowReader()
    assert [part.count for part in reader.read_all(Part, [{"count": 1}, {"count": "2"}], "parts")] == [1, 2]
    assert reader.read_all(Part, [], "parts") == []
    assert (reader.rows_read, reader.skipped) == (2, [])
