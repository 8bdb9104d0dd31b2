"""The only door between the renderer and the world: bundled fonts may pass."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from weasyprint.urls import (  # noqa: TID253 - imported where a report is drawn, and only there
    FatalURLFetchingError,
    URLFetcher,
    URLFetcherResponse,
)

SCHEME = "bundled:"


class FetchRefusedError(FatalURLFetchingError):  # type: ignore[misc]
    """Something in the page asked for a file or an address. Nothing is drawn then."""


class BundledOnly(URLFetcher):  # type: ignore[misc]
    """Serves ``bundled:<file name>`` from one folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._files = {path.name: path for path in folder.glob("*.ttf")}

    @property
    def files(self) -> Iterable[Path]:
        return self._files.values()

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        name = url.removeprefix(SCHEME)
        if not url.startswith(SCHEME) or name not in self._files:
            raise FetchRefusedError(f"the page asked for {url[:200]!r}; only bundled fonts are drawn with")
        return URLFetcherResponse(url, self._files[name].read_bytes(), {"Content-Type": "font/ttf"})
