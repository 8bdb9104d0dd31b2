"""A brand is checked when it is read: what would be unreadable or could do harm never reaches a page."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.assets import font_dir
from msp_reports.brand_files import LEAST_CONTRAST, contrast, read_brand
from msp_reports.domain.brand import Brand
from msp_reports.domain.errors import CustomerFileError
from msp_reports.logos import MOST_BYTES, MOST_PIXELS, read_logo

COLOURS = 'colours: {accent: "#7a1fa2", dark: "#2b0b3a", tint: "#f6eefa"}\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
GOOD_SVG = SVG.format('<title>N</title><g fill="#fff"><path d="M0 0h9v9z"/></g>')


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


@pytest.fixture
def brand(config: Path) -> Path:
    folder = config / "brand"
    folder.mkdir()
    return folder


def write(folder: Path, text: str, **files: bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "brand.yaml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)


def wrong(expected: str) -> None:
    with pytest.raises(CustomerFileError, match=expected):
        read_brand("acme")


def test_without_a_file_the_look_is_the_packages(brand: Path) -> None:
    assert read_brand("acme") == Brand()


def test_colours_logo_and_fonts_are_read(brand: Path) -> None:
    regular, bold = (font_dir() / f"NotoSans-{style}.ttf" for style in ("Regular", "Bold"))
    text = f"{COLOURS}logo: logo.svg\nfonts: {{regular: r.ttf, bold: b.ttf}}\n"
    write(brand, text, logo_svg=GOOD_SVG.encode(), r_ttf=regular.read_bytes(), b_ttf=bold.read_bytes())
    found = read_brand("acme")
    assert found.colours is not None
    assert found.colours.accent == "#7a1fa2"
    assert [file.name for file in found.files] == ["brand-logo.svg", "brand-regular.ttf", "brand-bold.ttf"]
    assert found.bold is not None
    assert found.bold.content == bold.read_bytes()


def test_a_customers_own_look_comes_before_the_providers(brand: Path) -> None:
    write(brand, COLOURS)
    write(brand / "acme", COLOURS.replace("#7a1fa2", "#1b5e20"))
    own, other = read_brand("acme").colours, read_brand("bergmann").colours
    assert own is not None
    assert other is not None
    assert (own.accent, other.accent) == ("#1b5e20", "#7a1fa2")


def test_a_folder_that_is_no_customers_is_said_so(brand: Path) -> None:
    write(brand / "acmee", COLOURS)
    wrong(r"brand/acmee/brand\.yaml: file: expected a folder named after a customer's code")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour: x", "brand.yaml: colour: this key is not known"),
        ('colours: {accent: "#7a1fa2"}', "colours.dark: Field required"),
        (COLOURS.replace("#7a1fa2", "purple"), "colours.accent: String should match"),
        (COLOURS.replace("#7a1fa2", "#ffcc00"), r"colours.accent: .*at least 4.5:1 to white.* 1\.\d+:1"),
        (COLOURS.replace("#f6eefa", "#2b0b3b"), r"colours.tint: .*has 1\.0\d:1"),
        ("logo: none.png", "logo: expected a file none.png beside brand.yaml"),
        ("logo: ../../provider.yaml", "logo: String should match"),
        ("logo: logo.gif", "logo: expected a PNG or SVG"),
        ("fonts: {regular: logo.gif, bold: logo.gif}", "fonts.regular: expected a TrueType or OpenType font"),
        ("[", "yaml: expected valid YAML"),
        ("- a", "file: Input should be"),
    ],
)  # fmt: skip
def test_each_mistake_is_named_with_what_was_expected(brand: Path, text: str, expected: str) -> None:
    write(brand, text, logo_gif=b"GIF89a")
    wrong(expected)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(red=st.integers(0, 255), green=st.integers(0, 255), blue=st.integers(0, 255))
def test_contrast_is_symmetric_and_between_1_and_21(red: int, green: int, blue: int) -> None:
    colour = f"#{red:02x}{green:02x}{blue:02x}"
    assert contrast(colour, "#ffffff") == contrast("#ffffff", colour)
    assert 1 <= contrast(colour, "#ffffff") <= 21.0001
    assert max(contrast(colour, "#ffffff"), contrast(colour, "#000000")) >= LEAST_CONTRAST


def test_a_png_of_fair_size_is_a_logo() -> None:
    assert read_logo("l.png", png(MOST_PIXELS, 10)).media_type == "image/png"


@pytest.mark.parametrize("content", [
    png(MOST_PIXELS + 1, 10), png(10, MOST_PIXELS + 1), png(0, 0), png(9, 9)[:20],
    png(9, 9) + bytes(MOST_BYTES),
])  # fmt: skip
def test_a_png_that_is_too_large_or_cut_is_not(content: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_logo("l.png", content)


@pytest.mark.parametrize("inside", [
    "<script>alert(1)</script>",
    '<image href="http://127.0.0.1/x.png"/>',
    '<image xlink:href="file:///etc/passwd" xmlns:xlink="http://www.w3.org/1999/xlink"/>',
    '<use href="#a"/>',
    "<style>@import url(http://127.0.0.1/)</style>",
    '<rect style="fill:url(http://127.0.0.1/)"/>',
    '<rect fill="url(http://127.0.0.1/#a)"/>',
    '<rect fill="url( data:x )"/>',
    '<rect onload="x()"/>',
    '<a href="https://example.com"><rect/></a>',
    "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>",
    '<animate attributeName="x"/>',
    "<text>x</text>",
    '<filter id="a"/>',
])  # fmt: skip
def test_an_svg_that_does_more_than_draw_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="only draws"):
        read_logo("l.svg", SVG.format(inside).encode())


@pytest.mark.parametrize("text", [
    '<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + GOOD_SVG,
    '<!doctype svg SYSTEM "file:///etc/passwd">' + GOOD_SVG,
    '<?xml-stylesheet href="http://127.0.0.1/"?>' + GOOD_SVG,
    "<svg",
    "<html/>",
])  # fmt: skip
def test_an_svg_with_a_document_type_or_none_at_all_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        read_logo("l.svg", text.encode())


def test_a_gradient_of_its_own_may_be_referred_to() -> None:
    inside = '<defs><linearGradient id="a"><stop offset="0" stop-color="#fff"/></linearGradient></defs>'
    assert read_logo("l.svg", SVG.format(f'{inside}<rect fill="url(#a)"/>').encode()).name == "brand-logo.svg"
