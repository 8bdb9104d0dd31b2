"""A window of time asked for in parts: the paging of vendors that have no pages."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from msp_reports.domain.errors import IncompletePullError


@dataclass(frozen=True, slots=True)
class Window:
    """``[start, end)``, aware times."""

    start: datetime
    end: datetime

    def parts(self, length: timedelta) -> Iterator[Window]:
        """Cut into parts of a length; the last may be shorter."""
        start = self.start
        while start < self.end:
            end = min(start + length, self.end)
            yield Window(start, end)
            start = end

    def contains(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


class WindowPaginator:
    """Goes through a window part by part; a part whose answer is full is asked for again in halves."""

    def __init__(
        self, whole: Window, *, longest: timedelta, shortest: timedelta, page_size: int, label: str
    ) -> None:
        self._left = deque(whole.parts(longest))
        self._shortest = shortest
        self._page_size = page_size
        self._label = label

    @property
    def current(self) -> Window:
        return self._left[0]

    @property
    def finished(self) -> bool:
        return not self._left

    def is_whole(self, rows: int) -> bool:
        """Take the number of rows that came for `current` and go on. False: some were cut off, leave them.

        Raises:
            IncompletePullError: not even the shortest part fits into one answer.
        """
        window = self._left.popleft()
        if rows < self._page_size:
            return True
        halves = (window.end - window.start) // self._shortest // 2
        if not halves:
            raise IncompletePullError(
                f"{self._label}: {rows} rows for {self._shortest} reach the limit of one answer. The list "
                "cannot be read to its end; name fewer sites per zone in the customer's file."
            )
        middle = window.start + halves * self._shortest
        self._left.extendleft((Window(middle, window.end), Window(window.start, middle)))
        return False
