"""How a provider's reports look: colours, a logo, a font. Validated when it is read, plain bytes after."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """As ``#rrggbb``: text on `accent` and `dark` is white, text on `tint` is dark.

    As they are: those of report.css.
    """

    accent: str = "#2f6fb0"
    dark: str = "#1f3a5f"
    tint: str = "#f1f5f9"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandFile:
    """A logo or font, held in memory from the moment it was checked."""

    name: str
    """What the page calls it, after ``bundled:``."""
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """Nothing set: the look of the package."""

    colours: Colours | None = None
    logo: BrandFile | None = None
    regular: BrandFile | None = None
    bold: BrandFile | None = None

    @property
    def files(self) -> tuple[BrandFile, ...]:
        return tuple(file for file in (self.logo, self.regular, self.bold) if file is not None)
