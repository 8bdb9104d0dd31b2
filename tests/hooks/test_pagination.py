"""Paging over three pages: the total, the last record and what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.domain.errors import ChangedShapeError, IncompletePullError
from msp_reports.hooks.pagination import (
    LinkHeaderPaginator,
    ListChangedError,
    NextLinkPaginator,
    NumberedPaginator,
    OffsetPaginator,
    RecordCountPaginator,
    chunks,
    read_pages,
    with_query,
)
from msp_reports.hooks.rest import Answer

pytestmark = pytest.mark.airflow
BASE = "https://api.example/rows"


def answer(body: Any, **headers: str) -> Answer:
    return Answer(body=body, status=200, headers=headers, url=BASE)


def noting(asked: list[str], ask: Callable[[str], Answer]) -> Callable[[str], Answer]:
    def noted(url: str) -> Answer:
        asked.append(url)
        return ask(url)

    return noted


def test_links_are_followed_to_the_last_page() -> None:
    pages = {
        f"{BASE}?page=1": answer([1, 2], Link=f'<{BASE}?page=2>; rel="next", <{BASE}?page=3>; rel="last"'),
        f"{BASE}?page=2": answer([3, 4], Link=f'<{BASE}?page=3>; rel="next"'),
        f"{BASE}?page=3": answer([5], Link=f'<{BASE}?page=1>; rel="first"'),
    }
    asked: list[str] = []
    paginator = LinkHeaderPaginator(f"{BASE}?page=1", label="A", page_size=2)
    rows = [r for a in read_pages(paginator, noting(asked, pages.__getitem__)) for r in a.body]
    assert (len(rows), rows[-1], asked, paginator.pages) == (5, 5, list(pages), 3)


def test_a_full_page_without_a_link_header_is_followed_by_the_next_number() -> None:
    pages = [answer([1, 2]), answer([3, 4]), answer([])]
    asked: list[str] = []
    paginator = LinkHeaderPaginator(f"{BASE}?q=a%3D1", label="A", page_size=2)
    rows = [r for a in read_pages(paginator, noting(asked, lambda _: pages.pop(0))) for r in a.body]
    assert rows == [1, 2, 3, 4]
    assert asked == [f"{BASE}?q=a%3D1", f"{BASE}?q=a%3D1&page=2", f"{BASE}?q=a%3D1&page=3"]


@pytest.mark.parametrize("key", ["@odata.nextLink", "nextLink"])
def test_next_links_are_followed_to_the_last_page(key: str) -> None:
    pages = {
        BASE: answer({"value": [1], key: f"{BASE}?$skiptoken=b"}),
        f"{BASE}?$skiptoken=b": answer({"value": [2], key: f"{BASE}?$skiptoken=c"}),
        f"{BASE}?$skiptoken=c": answer({"value": [3]}),
    }
    asked: list[str] = []
    paginator = NextLinkPaginator(BASE, label="A", key=key)
    rows = [r for a in read_pages(paginator, noting(asked, pages.__getitem__)) for r in a.body["value"]]
    assert (rows, asked, paginator.pages) == ([1, 2, 3], list(pages), 3)


def test_numbered_pages_are_counted_to_the_total() -> None:
    asked: list[int] = []

    def ask(page: int) -> Answer:
        asked.append(page)
        return answer({"items": [page], "pagination": {"page": page, "totalPages": 3, "count": 1}})

    rows = [r for a in read_pages(NumberedPaginator(label="A"), ask) for r in a.body["items"]]
    assert (rows, asked) == ([1, 2, 3], [1, 2, 3])


@pytest.mark.parametrize("body", [[{"a": 1}], {"0": {"a": 1}}, {"pagination": {"page": 1, "totalPages": 0}}])
def test_one_answer_is_the_whole_list(body: Any) -> None:
    assert len(list(read_pages(NumberedPaginator(label="A"), lambda _: answer(body)))) == 1


@pytest.mark.parametrize(
    ("paginator", "repeated"),
    [
        (LinkHeaderPaginator(BASE, label="A", page_size=9), answer([1], Link=f'<{BASE}>; rel="next"')),
        (NextLinkPaginator(BASE, label="A"), answer({"value": [], "@odata.nextLink": BASE})),
        (NumberedPaginator(label="A"), answer({"pagination": {"page": 1, "totalPages": 3}})),
    ],
)
def test_a_repeated_page_ends_the_pull(paginator: Any, repeated: Answer) -> None:
    with pytest.raises(IncompletePullError, match=r"read already|and got page 1"):
        list(read_pages(paginator, lambda _: repeated))
    assert paginator.pages <= 1


def test_endless_paging_ends_the_pull() -> None:
    count = iter(range(99))

    def ask(_: str) -> Answer:
        return answer({"value": [], "@odata.nextLink": f"{BASE}?$skiptoken={next(count)}"})

    with pytest.raises(IncompletePullError, match="more than 5 pages"):
        list(read_pages(NextLinkPaginator(BASE, label="A", max_pages=5), ask))


@pytest.mark.parametrize("link", ["https://evil.example/rows", "http://api.example/rows?a", 7])
def test_a_link_to_another_server_is_not_followed(link: object) -> None:
    with pytest.raises(ChangedShapeError):
        list(read_pages(NextLinkPaginator(BASE, label="A"), lambda _: answer({"@odata.nextLink": link})))


@pytest.mark.parametrize("about", [{}, {"page": 1}, {"page": None, "totalPages": 3}, "x"])
def test_numbers_that_are_missing_change_the_shape(about: object) -> None:
    with pytest.raises(ChangedShapeError):
        list(read_pages(NumberedPaginator(label="A"), lambda _: answer({"pagination": about})))


def test_ids_are_cut_into_chunks_and_none_is_lost() -> None:
    assert [list(part) for part in chunks(list(range(7)), 3)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(chunks([], 3)) == []


def offset_page(rows: list[int], offset: int, size: int = 2) -> Answer:
    return answer({"rows": rows[offset : offset + size], "total": len(rows), "offset": offset})


def place(body: Any) -> tuple[int, int, int | None]:
    return body["total"], len(body["rows"]), body["offset"]


def test_offsets_are_followed_to_the_last_row() -> None:
    asked: list[int] = []

    def ask(offset: int) -> Answer:
        asked.append(offset)
        return offset_page([1, 2, 3, 4, 5], offset)

    pages = list(read_pages(OffsetPaginator(place, label="V"), ask))
    assert [row for page in pages for row in page.body["rows"]] == [1, 2, 3, 4, 5]
    assert asked == [0, 2, 4]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"rows": [1], "total": 3, "offset": 1}, IncompletePullError),
        ({"rows": [], "total": 3, "offset": 0}, IncompletePullError),
        ({"rows": [1], "total": "many", "offset": 0}, ChangedShapeError),
        ({"rows": [1]}, ChangedShapeError),
    ],
)
def test_an_offset_that_is_ignored_ends_the_pull(body: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(read_pages(OffsetPaginator(place, label="V"), lambda _: answer(body)))


def test_an_empty_list_by_offset_is_one_page() -> None:
    assert len(list(read_pages(OffsetPaginator(place, label="V"), lambda o: offset_page([], o)))) == 1


def test_a_query_is_changed_and_encoded() -> None:
    assert with_query("https://a/b?x=1&page=1", page="2", q="a b+c") == "https://a/b?x=1&page=2&q=a%20b%2Bc"


def page(number: int, ids: list[int], total: int) -> Answer:
    rows = [{"id": one} for one in ids]
    return answer({"page_no": number, "record_count": total, "tickets": rows})


def counted(pages: list[Answer]) -> tuple[list[int], list[int]]:
    """Read pages by their record count; return the ids and which pages were asked for."""
    asked: list[int] = []
    paginator = RecordCountPaginator(rows="tickets", label="A")

    def ask(number: int) -> Answer:
        asked.append(number)
        return pages[number - 1]

    ids = [row["id"] for a in read_pages(paginator, ask) for row in a.body.get("tickets", [])]
    return ids, asked


def test_rows_are_counted_and_not_pages() -> None:
    ids, asked = counted([page(1, [1, 2], 5), page(2, [3], 5), page(3, [4, 5], 5)])
    assert (ids, asked) == ([1, 2, 3, 4, 5], [1, 2, 3])


def test_an_empty_list_is_one_page() -> None:
    assert counted([page(1, [], 0)]) == ([], [1])


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (page(2, [3], 4), ListChangedError),
        (page(2, [2, 3], 3), IncompletePullError),
        (page(2, [1, 2], 3), IncompletePullError),
        (page(1, [3], 3), IncompletePullError),
        (page(2, [], 3), IncompletePullError),
        (page(2, [3, 4], 3), IncompletePullError),
        (page(2, [3], 2), ListChangedError),
        (answer({"tickets": [], "record_count": True}), ChangedShapeError),
        (answer({"rows": []}), ChangedShapeError),
    ],
)
def test_a_count_that_does_not_come_out_ends_the_pull(second: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        counted([page(1, [1, 2], 3), second])


def test_an_empty_link_ends_a_list_whose_last_page_is_full() -> None:
    pages = {
        BASE: answer([1, 2], Link=f'<{BASE}?pageId=2>; rel="next"'),
        f"{BASE}?pageId=2": answer([3, 4], Link=f'<{BASE}?pageId=4>; rel="next"'),
        f"{BASE}?pageId=4": answer([5, 6], Link=""),
    }
    asked: list[str] = []
    paginator = LinkHeaderPaginator(BASE, label="A", page_size=2)
    rows = [r for a in read_pages(paginator, noting(asked, pages.__getitem__)) for r in a.body]
    assert (rows[-1], len(rows), asked) == (6, 6, list(pages))


@given(st.lists(st.integers(1, 7), min_size=1, max_size=12))
def test_pages_of_any_size_give_every_row_once(sizes: list[int]) -> None:
    total = sum(sizes)
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    pages = [
        page(n + 1, list(range(start, start + size)), total)
        for n, (start, size) in enumerate(zip(starts, sizes, strict=True))
    ]
    ids, asked = counted(pages)
    assert ids == list(range(total))
    assert asked == list(range(1, len(sizes) + 1))
