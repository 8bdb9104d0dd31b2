"""The only door between the renderer and the world: bundled fonts and the brand's own files may pass."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from weasyprint.urls import (  # noqa: TID253 - imported where a report is drawn, and only there
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)

from msp_reports.domain.brand import BrandFile
from msp_reports.rendering.typefaces import STACK

SCHEME = "bundled:"


class FetchRefusedError(FatalURLFetchingError):  # type: ignore[misc]
    """Something in the page asked for a file or an address. Nothing is drawn then."""


class BundledOnly(URLFetcher):  # type: ignore[misc]
    """Serves ``bundled:<name>``: the fonts of one folder, and what a brand holds in memory."""

    def __init__(self, folder: Path, brand: Iterable[BrandFile] = ()) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._fonts = {path.name: path for path in folder.glob("*.ttf")}
        self._brand = {file.name: file for file in brand}
        self._refused: FetchRefusedError | None = None

    @property
    def fonts(self) -> tuple[Path, ...]:
        """In the order in which they are tried."""
        return tuple(self._fonts[name] for name in STACK)

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        file = self._served(url)
        if file is None:
            self._refused = FetchRefusedError(
                f"the page asked for {url[:200]!r}; only bundled fonts are drawn with"
            )
            raise self._refused
        return URLFetcherResponse(url, file.content, {"Content-Type": file.media_type})

    def _served(self, url: str) -> BrandFile | None:
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME):
            return None
        if name in self._fonts:
            return BrandFile(name=name, media_type="font/ttf", content=self._fonts[name].read_bytes())
        return self._brand.get(name)

    def see_that_nothing_was_refused(self) -> None:
        """Raise what WeasyPrint swallows: inside of an SVG it goes on after any exception whatever.

        Raises:
            FetchRefusedError: something was asked for and refused.
        """
        if self._refused is not None:
            raise self._refused
