"""Page after page until the vendor says that it was the last, and never the same page twice.

A paginator holds the request to make next (`current`), is given each answer (`advance`), and knows
when it is `finished`. A repeated request, a page too many or a page number that does not fit ends
the pull with `IncompletePullError`: a part must not pass for the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from requests.utils import parse_header_links

from msp_reports.domain.errors import ChangedShapeError, IncompletePullError, RetriableSourceError
from msp_reports.hooks.rest import Answer
from msp_reports.hooks.verdicts import same_origin

MAX_PAGES = 500
"""Far above any customer's week: reaching it means that the vendor's paging is broken."""

RequestT = TypeVar("RequestT")
Request_co = TypeVar("Request_co", covariant=True)
T = TypeVar("T")


class Paginator(Protocol[Request_co]):
    """What `read_pages` needs."""

    @property
    def current(self) -> Request_co: ...

    @property
    def finished(self) -> bool: ...

    def advance(self, answer: Answer) -> None: ...


def read_pages(paginator: Paginator[RequestT], ask: Callable[[RequestT], Answer]) -> Iterator[Answer]:
    """Ask for every page."""
    while not paginator.finished:
        answer = ask(paginator.current)
        yield answer
        paginator.advance(answer)


class ListChangedError(RetriableSourceError):
    """The list changed while it was read page by page: a row may have slipped from one page to another."""


class _Guarded(Generic[RequestT]):
    """Counts pages, refuses a repeated request and a page too many."""

    def __init__(self, first: RequestT, *, label: str, max_pages: int = MAX_PAGES) -> None:
        self.current = first
        self.finished = False
        self.pages = 0
        self._label = label
        self._max_pages = max_pages
        self._seen = {first}

    def _turn(self, following: RequestT | None) -> None:
        self.pages += 1
        if following is None:
            self.finished = True
            return
        if following in self._seen:
            raise IncompletePullError(
                f"{self._label}: page {self.pages} points to a page that was read already. The list cannot "
                "be read to its end; run again, and report it to the vendor if it stays."
            )
        if self.pages >= self._max_pages:
            raise IncompletePullError(
                f"{self._label}: more than {self._max_pages} pages for one customer's week. The filter is "
                "not working; check the identifiers in the customer's file."
            )
        self._seen.add(following)
        self.current = following

    def _checked(self, url: str) -> str:
        """Refuse a link to another server: the credentials would go there."""
        if not same_origin(url, self.current if isinstance(self.current, str) else url):
            raise ChangedShapeError(
                f"{self._label}: the link to the next page leads to another server. Set the connection's "
                "host to the address that the vendor's own links use."
            )
        return url


class LinkHeaderPaginator(_Guarded[str]):
    """Follows ``Link: <...>; rel="next"`` (RFC 8288); an empty Link ends the list.

    An intermediary may drop the header: a full page without any Link is followed by the next number.
    """

    def __init__(self, first: str, *, label: str, page_size: int, max_pages: int = MAX_PAGES) -> None:
        super().__init__(first, label=label, max_pages=max_pages)
        self._page_size = page_size

    def advance(self, answer: Answer) -> None:
        header = answer.headers.get("Link")
        if header is not None:
            links = {link.get("rel"): link["url"] for link in parse_header_links(header)}
            following = links.get("next")
            self._turn(self._checked(following) if following else None)
        elif isinstance(answer.body, list) and len(answer.body) >= self._page_size:
            self._turn(with_query(self.current, page=str(self.pages + 2)))
        else:
            self._turn(None)


class NextLinkPaginator(_Guarded[str]):
    """Follows the link in the body, whatever token it carries (OData 4.01, 11.2.6.7).

    Graph calls it ``@odata.nextLink``, Azure Resource Manager ``nextLink``.
    """

    def __init__(
        self, first: str, *, label: str, key: str = "@odata.nextLink", max_pages: int = MAX_PAGES
    ) -> None:
        super().__init__(first, label=label, max_pages=max_pages)
        self._key = key

    def advance(self, answer: Answer) -> None:
        following = answer.body.get(self._key) if isinstance(answer.body, dict) else None
        if following is not None and not isinstance(following, str):
            raise ChangedShapeError(f"{self._label}: {self._key} is not an address.")
        self._turn(self._checked(following) if following else None)


class NumberedPaginator(_Guarded[int]):
    """Counts pages up to ``pagination.totalPages``; an answer without it is one whole list."""

    def __init__(self, *, label: str, max_pages: int = MAX_PAGES) -> None:
        super().__init__(1, label=label, max_pages=max_pages)

    def advance(self, answer: Answer) -> None:
        about = answer.body.get("pagination") if isinstance(answer.body, dict) else None
        if about is None:
            self._turn(None)
            return
        try:
            page, total = int(about["page"]), int(about["totalPages"])
        except (KeyError, TypeError, ValueError):
            raise ChangedShapeError(f"{self._label}: pagination lacks page or totalPages.") from None
        if page != self.current:
            raise IncompletePullError(
                f"{self._label}: asked for page {self.current} and got page {page}. The list cannot be read "
                "to its end; run again, and report it to the vendor if it stays."
            )
        self._turn(page + 1 if page < total else None)


class RecordCountPaginator(_Guarded[int]):
    """Counts rows up to ``record_count``, however many a page turns out to hold.

    The total must stay what it was on the first page, and no row may come twice.
    """

    def __init__(self, *, rows: str, label: str, max_pages: int = MAX_PAGES) -> None:
        super().__init__(1, label=label, max_pages=max_pages)
        self._rows = rows
        self._total: int | None = None
        self._ids: set[object] = set()

    def advance(self, answer: Answer) -> None:
        body = answer.body if isinstance(answer.body, dict) else {}
        rows, total = body.get(self._rows), body.get("record_count")
        if not isinstance(rows, list) or not isinstance(total, int) or isinstance(total, bool):
            raise ChangedShapeError(f"{self._label}: a page lacks {self._rows} or record_count.")
        if body.get("page_no", self.current) != self.current:
            raise self._broken(f"asked for page {self.current} and got page {body['page_no']}")
        if self._total not in {None, total}:
            raise ListChangedError(f"{self._label}: the list changed while it was read. It may work later.")
        self._total = total
        before = len(self._ids)
        self._ids |= {row.get("id") for row in rows if isinstance(row, dict)}
        if len(self._ids) != before + len(rows):
            raise self._broken(f"page {self.current} repeats a row")
        if len(self._ids) > total or (not rows and len(self._ids) < total):
            raise self._broken(f"{total} rows were announced, {len(self._ids)} came")
        self._turn(self.current + 1 if len(self._ids) < total else None)

    def _broken(self, what: str) -> IncompletePullError:
        return IncompletePullError(
            f"{self._label}: {what}. The list cannot be read to its end; run again, and report it to the "
            "vendor if it stays."
        )


class OffsetPaginator(_Guarded[int]):
    """Counts rows up to the vendor's total.

    Args:
        place: reads total, rows of this page and offset out of a body; offset None: not told.
    """

    def __init__(
        self,
        place: Callable[[Any], tuple[int, int, int | None]],
        *,
        label: str,
        max_pages: int = MAX_PAGES,
    ) -> None:
        super().__init__(0, label=label, max_pages=max_pages)
        self._place = place

    def advance(self, answer: Answer) -> None:
        try:
            total, count, offset = self._place(answer.body)
            following = self.current + count
            whole = following >= total
        except (KeyError, TypeError, ValueError):
            raise ChangedShapeError(f"{self._label}: a page does not tell how many rows there are.") from None
        if offset not in {None, self.current} or (count <= 0 and not whole):
            raise IncompletePullError(
                f"{self._label}: asked for rows from {self.current} on and got {count} from {offset} of "
                f"{total}. The list cannot be read to its end; run again, and report it to the vendor if it "
                "stays."
            )
        self._turn(None if whole else following)


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a list of ids into parts that one call takes."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def with_query(url: str, **changes: Any) -> str:
    """Return the address with some query parameters set; a space is ``%20``, as OData has it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True)) | changes
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote, safe="$")))
