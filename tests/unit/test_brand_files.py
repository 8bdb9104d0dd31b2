"""A brand is checked when it is read: what would be unreadable or could do harm never reaches a page."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from msp_reports.assets import font_dir, template_dir
from msp_reports.brand_files import INKS, LEAST_CONTRAST, contrast, read_brand, stray_looks
from msp_reports.domain.brand import Brand, Colours
from msp_reports.domain.errors import CustomerFileError
from msp_reports.logos import MOST_BYTES, MOST_PIXELS, read_logo

COLOURS = 'colours: {accent: "#7a1fa2", dark: "#2b0b3a", tint: "#f6eefa"}\n'
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
GOOD_SVG = SVG.format('<title>N</title><g fill="#fff"><path d="M0 0h9v9z"/></g>')


def png(width: int, height: int) -> bytes:
    """A whole one, in grey."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height))
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, *zip(*chunks, strict=True)))


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


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


def test_a_customers_own_look_is_laid_over_the_providers_key_by_key(brand: Path) -> None:
    write(brand, f"{COLOURS}logo: logo.svg\n", logo_svg=GOOD_SVG.encode())
    write(brand / "acme", 'colours: {accent: "#1b5e20"}')
    own, other = read_brand("acme"), read_brand("bergmann")
    assert own == replace(other, colours=Colours(accent="#1b5e20", dark="#2b0b3a", tint="#f6eefa"))
    assert own.logo is not None


def test_the_packages_colours_are_those_of_the_page() -> None:
    css = (template_dir() / "report.css").read_text(encoding="utf-8")
    for name, colour in asdict(Colours()).items():
        assert f"--{name}: {colour}" in css
    for ink in INKS:
        assert ink in css
        assert contrast(ink, Colours().tint) >= LEAST_CONTRAST


def test_a_folder_of_a_former_customer_holds_nobody_back_and_is_told(brand: Path) -> None:
    write(brand / "acmee", COLOURS)
    assert read_brand("acme") == Brand()
    (stray,) = stray_looks()
    assert str(stray) == "brand/acmee/brand.yaml: file: expected a folder named after a customer's code"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("colour: x", "brand.yaml: colour: this key is not known"),
        ('colours: {dark: "#000000", accent: "#000000", tint: "#767676"}', r"colours.tint: .*a label"),
        ('colours: {accent: "#56789c"}', r"colours.accent: .*a link in a comment"),
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
    png(9, 9) + bytes(MOST_BYTES), png(9, 9)[:60], png(9, 9)[:-12], png(9, 9).replace(b"IDAT", b"IDAX"),
    png(9, 9)[:33] + chunk(b"IDAT", b"garbage") + chunk(b"IEND", b""),
    png(9, 9)[:33] + chunk(b"IDAT", zlib.compress(bytes(50))) + chunk(b"IEND", b""),
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


CLIPPED = '<rect width="9" height="9" clip-path="url(#a)"/>'


@pytest.mark.parametrize("inside", [
    '<rect width="abc" height="9"/>', '<rect width="nan" height="inf"/>', '<path d="M1e400 0h9v9z"/>',
    '<path d="M0 0 X"/>', '<rect transform="rotate()"/>', "<g>" * 3000 + "</g>" * 3000,
    f'<clipPath id="a" clip-path="url(#a)">{CLIPPED}</clipPath>{CLIPPED}',
    '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/><rect fill="url(#a)"/>',
])  # fmt: skip
def test_an_svg_that_cannot_be_drawn_is_refused(inside: str) -> None:
    with pytest.raises(ValueError, match="expected an SVG"):
        read_logo("l.svg", SVG.format(inside).encode())


EXPORTED = """<svg xmlns="http://www.w3.org/2000/svg" xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
 xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns:xlink="http://www.w3.org/1999/xlink"
 viewBox="0 0 9 9" xml:space="preserve" inkscape:version="1.3" class="logo">
<sodipodi:namedview pagecolor="#fff"><inkscape:grid/></sodipodi:namedview><metadata><x xmlns="y"/></metadata>
<linearGradient id="a"><stop offset="0" style="stop-color:#00ff00"/></linearGradient>
<linearGradient id="b" xlink:href="#a"/>
<path data-name="x" inkscape:label="x" d="M0 0h9v9z"
 style="fill:url(#b);stroke:none;-inkscape-font-specification:x"/>
</svg>"""


def test_what_an_editor_leaves_is_dropped_and_a_style_becomes_attributes() -> None:
    drawn = read_logo("Logo.SVG", EXPORTED.encode()).content.decode()
    for left in ("inkscape", "sodipodi", "metadata", "class", "data-", "style", "space"):
        assert left not in drawn
    assert 'fill="url(#b)"' in drawn
    assert 'stop-color="#00ff00"' in drawn


def test_all_that_is_in_the_way_of_an_svg_is_said_at_once() -> None:
    inside = '<style>a{}</style><text>x</text><rect onload="x()" style="fill:url(http://a/)"/>'
    with pytest.raises(ValueError, match=r"<style>, <text>, rect onload='x\(\)', rect style fill="):
        read_logo("l.svg", SVG.format(inside).encode())


@pytest.mark.parametrize("bit", [0x0002, 0x0100, 0x0200])
def test_a_font_that_may_not_be_embedded_in_part_is_refused(brand: Path, bit: int) -> None:
    font = TTFont(font_dir() / "NotoSansHebrew-Regular.ttf")
    font["OS/2"].fsType = bit
    font.save(held := io.BytesIO())
    write(brand, "fonts: {regular: r.ttf, bold: r.ttf}", r_ttf=held.getvalue())
    wrong("fonts.regular: expected a font that may be embedded")


def test_a_broken_font_is_named_whatever_it_is_broken_by(brand: Path) -> None:
    write(brand, "fonts: {regular: r.woff2, bold: r.woff2}", r_woff2=b"wOF2\0\1\0\0" + bytes(2000))
    wrong("fonts.regular: expected a TrueType or OpenType font")


def test_a_font_goes_by_what_it_is_and_not_by_its_name(brand: Path) -> None:
    write(brand, 'fonts: {regular: "r.t t", bold: b.tüf}')
    for name in ("r.t t", "b.tüf"):
        (brand / name).write_bytes((font_dir() / "NotoSansHebrew-Regular.ttf").read_bytes())
    assert [file.name for file in read_brand("acme").files] == ["brand-regular.ttf", "brand-bold.ttf"]


def test_a_template_that_is_not_utf_8_is_named(brand: Path) -> None:
    (brand / "templates").mkdir()
    (brand / "templates" / "report.css").write_bytes("/* Grüße */".encode("latin-1"))
    wrong("brand/templates/report.css: file: expected UTF-8")
