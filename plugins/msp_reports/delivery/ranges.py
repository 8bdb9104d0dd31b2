"""A content too large for one request, uploaded range by range (RFC 9110 14.4).

Graph and Google alike: a session is opened, and its address takes the ranges. The address is itself the
permission; Graph refuses a token beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus

import requests

from msp_reports.delivery.exchange import exchange
from msp_reports.hooks.rest import NoAuth


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRange:
    first: int
    """Place of the first byte in the whole."""
    content: bytes
    total: int

    @property
    def last(self) -> int:
        return self.first + len(self.content) - 1

    @property
    def is_last(self) -> bool:
        """Tell whether the whole is complete with it."""
        return self.last + 1 == self.total

    @property
    def header(self) -> dict[str, str]:
        return {"Content-Range": f"bytes {self.first}-{self.last}/{self.total}"}


def ranges(content: bytes, size: int) -> Iterator[ContentRange]:
    """Cut into ranges of `size` bytes, the last of them what is left."""
    for first in range(0, len(content), size):
        yield ContentRange(first=first, content=content[first : first + size], total=len(content))


def put_in_ranges(
    session: requests.Session, url: str, content: bytes, *, size: int, channel: str, ends: Collection[int]
) -> None:
    """Upload to the address of a session. Whether the whole has arrived is for the caller to look up.

    Args:
        size: bytes of a range, as the vendor wants them.
        channel: its name, for messages.
        ends: refusals that end the upload without saying whether the whole is there already.

    Raises:
        DeliveryThrottledError: broken off before the last range: nothing shows.
        DeliveryOutcomeUnknownError: the last range's answer was lost.
        DeliveryError: refused.
    """
    for part in ranges(content, size):
        answer = exchange(
            session,
            "PUT",
            url,
            channel=channel,
            visible=part.is_last,
            accept=(HTTPStatus.PERMANENT_REDIRECT, *ends),
            auth=NoAuth(),
            data=part.content,
            headers=part.header,
        )
        if answer.status in ends or not _has_taken(answer.status, answer.headers.get("Range"), part):
            return


def _has_taken(status: int, taken: str | None, part: ContentRange) -> bool:
    """Google answers 308, which is not meant as a redirect, and says up to where it has the bytes."""
    return status != HTTPStatus.PERMANENT_REDIRECT or taken == f"bytes=0-{part.last}"
