"""The provider's look, from files: ``brand/brand.yaml``, and ``brand/<customer>/brand.yaml`` where a
customer's reports look otherwise. Every mistake by file, key and expectation.

    colours: {accent: "#2f6fb0", dark: "#1f3a5f", tint: "#eef3f8"}
    logo: logo.svg
    fonts: {regular: Brand-Regular.ttf, bold: Brand-Bold.ttf}
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from msp_reports.assets import brand_dir
from msp_reports.brand_fonts import read_face
from msp_reports.domain.brand import Brand, BrandFile, Colours
from msp_reports.domain.errors import CustomerFileError
from msp_reports.in_use import customer_paths
from msp_reports.logos import read_logo
from msp_reports.rendering.trial import complaints

FILE = "brand.yaml"
LEAST_CONTRAST = 4.5
"""Of text (WCAG 2.2, success criterion 1.4.3)."""

INKS = {"#44505c": "a label", "#1c6b3f": "a good change", "#8a4b00": "a bad change"}
"""What report.css writes with on the tint, beside the brand's own colours."""
_WHITE = "#ffffff"

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[\w][\w .-]{0,99}$")]


class _Block(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Colours(_Block):
    accent: Colour | None = None
    dark: Colour | None = None
    tint: Colour | None = None


class _Fonts(_Block):
    regular: FileName
    bold: FileName


class _BrandFile(_Block):
    colours: _Colours | None = None
    logo: FileName | None = None
    fonts: _Fonts | None = None


def read_brand(code: str) -> Brand:
    """Read the look of a customer's reports: key by key its own, else the provider's, else the package's.

    Raises:
        CustomerFileError: a file is wrong.
    """
    _see_that_templates_are_text()
    look = Brand()
    for folder in (brand_dir(), brand_dir() / code):
        if (folder / FILE).exists():
            look = _laid_over(look, folder)
    return look


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def stray_looks() -> tuple[CustomerFileError, ...]:
    """Return what is wrong with folders that no customer's reports look at. It holds nobody back."""
    known = {path.stem for path in customer_paths()}
    return tuple(
        _wrong(file, "file", "expected a folder named after a customer's code")
        for file in sorted(brand_dir().glob(f"*/{FILE}"))
        if file.parent.name not in known
    )


def _see_that_templates_are_text() -> None:
    for suffix in ("css", "j2"):
        for file in sorted((brand_dir() / "templates").rglob(f"*.{suffix}")):
            try:
                file.read_text(encoding="utf-8")
            except UnicodeDecodeError as broken:
                raise _wrong(file, "file", f"expected UTF-8 ({broken})") from None


def _laid_over(under: Brand, folder: Path) -> Brand:
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
    look = under
    if shape.colours is not None:
        given = shape.colours.model_dump(exclude_none=True)
        look = replace(look, colours=_readable(replace(under.colours or Colours(), **given), given, file))
    if shape.logo is not None:
        look = replace(look, logo=_checked(read_logo, folder / shape.logo, file, "logo"))
    if shape.fonts is not None:
        regular, bold = (
            _checked(partial(read_face, style=style), folder / name, file, f"fonts.{style}")
            for style, name in (("regular", shape.fonts.regular), ("bold", shape.fonts.bold))
        )
        look = replace(look, regular=regular, bold=bold)
        if told := complaints(Brand(regular=look.regular, bold=look.bold)):
            raise _wrong(file, "fonts", f"expected fonts that can be drawn with: {'; '.join(told)[:200]}")
    return look


def _readable(colours: Colours, given: Collection[str], file: Path) -> Colours:
    pairs = [("accent", colours.accent, _WHITE, "white text on it")]
    pairs += [("dark", colours.dark, _WHITE, "white text on it")]
    pairs += [("tint", colours.tint, colours.dark, "text in the dark colour on it")]
    pairs += [("tint", colours.tint, ink, f"{use} on it ({ink})") for ink, use in INKS.items()]
    pairs += [("accent", colours.accent, colours.tint, "the tint behind it, as a link in a comment")]
    for key, colour, other, use in pairs:
        ratio = contrast(colour, other)
        if ratio < LEAST_CONTRAST:
            where = key if key in given else ", ".join(given)
            raise _wrong(
                file,
                f"colours.{where}",
                f"expected a {key} with a contrast of at least {LEAST_CONTRAST}:1 to {use}; "
                f"{colour} has {ratio:.2f}:1",
            )
    return colours


def _checked(read: Callable[[str, bytes], BrandFile], path: Path, file: Path, key: str) -> BrandFile:
    try:
        return read(path.name, _content(path, file, key))
    except ValueError as harmful:
        raise _wrong(file, key, str(harmful)) from None


def _content(path: Path, file: Path, key: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise _wrong(file, key, f"expected a file {path.name} beside {FILE}") from None


def _wrong(file: Path, key: str, expected: str) -> CustomerFileError:
    shown = file.relative_to(brand_dir().parent)
    return CustomerFileError(file=str(shown), line=None, key=key, expected=expected)
