"""The provider's look, from files: ``brand/brand.yaml``, and ``brand/<customer>/brand.yaml`` where a
customer's reports look otherwise. Every mistake by file, key and expectation.

    colours: {accent: "#2f6fb0", dark: "#1f3a5f", tint: "#eef3f8"}
    logo: logo.svg
    fonts: {regular: Brand-Regular.ttf, bold: Brand-Bold.ttf}
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from msp_reports.assets import brand_dir
from msp_reports.domain.brand import Brand, BrandFile, Colours
from msp_reports.domain.errors import CustomerFileError
from msp_reports.in_use import customer_paths
from msp_reports.logos import read_logo

FILE = "brand.yaml"
LEAST_CONTRAST = 4.5
"""Of text (WCAG 2.2, success criterion 1.4.3)."""

_WHITE = "#ffffff"
_NOT_TO_BE_EMBEDDED = 0x0002
"""OS/2.fsType, Restricted License (OpenType 1.9.1)."""
_MOST_FONT_BYTES = 5_000_000

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[\w][\w .-]{0,99}$")]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Colours(_Block):
    accent: Colour
    dark: Colour
    tint: Colour


class _Fonts(_Block):
    regular: FileName
    bold: FileName


class _BrandFile(_Block):
    colours: _Colours | None = None
    logo: FileName | None = None
    fonts: _Fonts | None = None


def read_brand(code: str) -> Brand:
    """Read the look of a customer's reports: its own, else the provider's, else that of the package.

    Raises:
        CustomerFileError: a file is wrong, or a folder is named after no customer.
    """
    _see_that_folders_are_customers()
    for folder in (brand_dir() / code, brand_dir()):
        if (folder / FILE).exists():
            return _parsed(folder)
    return Brand()


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _see_that_folders_are_customers() -> None:
    known = {path.stem for path in customer_paths()}
    for file in sorted(brand_dir().glob(f"*/{FILE}")):
        if file.parent.name not in known:
            raise _wrong(file, "file", "expected a folder named after a customer's code")


def _parsed(folder: Path) -> Brand:
    file = folder / FILE
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        shape = _BrandFile.model_validate(content if content is not None else {})
    except (yaml.YAMLError, UnicodeDecodeError) as broken:
        raise _wrong(file, "yaml", f"expected valid YAML in UTF-8 ({broken})") from None
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        expected = "this key is not known" if first["type"] == "extra_forbidden" else str(first["msg"])
        raise _wrong(file, ".".join(map(str, first["loc"])) or "file", expected) from None
    return Brand(
        colours=None if shape.colours is None else _colours(shape.colours, file),
        logo=None if shape.logo is None else _logo(folder / shape.logo, file),
        regular=None if shape.fonts is None else _font(folder / shape.fonts.regular, file, "regular"),
        bold=None if shape.fonts is None else _font(folder / shape.fonts.bold, file, "bold"),
    )


def _colours(given: _Colours, file: Path) -> Colours:
    pairs: dict[str, tuple[str, str, str]] = {
        "accent": (given.accent, _WHITE, "white text on it"),
        "dark": (given.dark, _WHITE, "white text on it"),
        "tint": (given.tint, given.dark, "text in the dark colour on it"),
    }
    for key, (colour, other, use) in pairs.items():
        ratio = contrast(colour, other)
        if ratio < LEAST_CONTRAST:
            raise _wrong(
                file,
                f"colours.{key}",
                f"expected a colour with a contrast of at least {LEAST_CONTRAST}:1 to {use}; "
                f"{colour} has {ratio:.2f}:1",
            )
    return Colours(**given.model_dump())


def _logo(path: Path, file: Path) -> BrandFile:
    try:
        return read_logo(path.name, _content(path, file, "logo"))
    except ValueError as harmful:
        raise _wrong(file, "logo", str(harmful)) from None


def _font(path: Path, file: Path, style: str) -> BrandFile:
    from fontTools.ttLib import TTFont, TTLibError

    key = f"fonts.{style}"
    content = _content(path, file, key)
    if len(content) > _MOST_FONT_BYTES:
        raise _wrong(
            file, key, f"expected at most {_MOST_FONT_BYTES:,} bytes, {path.name} has {len(content):,}"
        )
    try:
        font: Any = TTFont(io.BytesIO(content), lazy=True)
        rights = font["OS/2"].fsType
        font.getBestCmap().items()
    except (TTLibError, AttributeError, KeyError, OSError, ValueError) as broken:
        raise _wrong(
            file, key, f"expected a TrueType or OpenType font, {path.name} is none ({broken})"
        ) from None
    if rights & _NOT_TO_BE_EMBEDDED:
        raise _wrong(
            file, key, f"expected a font that may be embedded; the licence of {path.name} forbids it"
        )
    return BrandFile(name=f"brand-{style}{path.suffix.lower()}", media_type="font/ttf", content=content)


def _content(path: Path, file: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _wrong(file, key, f"expected a file {path.name} beside {FILE}") from None


def _wrong(file: Path, key: str, expected: str) -> CustomerFileError:
    shown = file.relative_to(brand_dir().parent)
    return CustomerFileError(file=str(shown), line=None, key=key, expected=expected)
