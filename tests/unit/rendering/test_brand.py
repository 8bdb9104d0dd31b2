"""A provider's look and templates on the page, and what they cannot do there."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from jinja2.exceptions import SecurityError
from pypdf import PdfReader

from msp_reports.assets import font_dir, template_dir
from msp_reports.domain.brand import Brand, BrandFile, Colours
from msp_reports.domain.errors import NotDrawnError
from msp_reports.rendering.brand_css import brand_css
from msp_reports.rendering.bundled import FetchRefusedError
from msp_reports.rendering.markdown import render_markdown
from msp_reports.rendering.pdf import RenderedReport, page_css, render_pdf
from tests.unit.rendering import models
from tests.unit.rendering.structure import fonts, tags

SVG = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="90" height="90">
<rect width="9" height="9" fill="#00ff00"/></svg>"""
PLACES = ("the text", "the running head", "the page's number")
LOGO = BrandFile(name="brand-logo.svg", media_type="image/svg+xml", content=SVG)
LOOK = Brand(colours=Colours(accent="#7a1fa2", dark="#2b0b3a", tint="#f6eefa"), logo=LOGO)


def reader(drawn: RenderedReport) -> PdfReader:
    return PdfReader(io.BytesIO(drawn.pdf))


def ink(drawn: RenderedReport) -> str:
    """All that the pages and their forms draw, as text."""
    contents = []
    for page in reader(drawn).pages:
        contents.append(page.get_contents().get_data().decode("latin-1"))  # type: ignore[union-attr]
        for form in page["/Resources"]["/XObject"].values():  # type: ignore[index]
            contents.append(form.get_object().get_data().decode("latin-1"))  # noqa: PERF401
    return "\n".join(contents)


@pytest.fixture
def own(config: Path) -> Path:
    """The provider's folder of templates."""
    folder = config / "brand" / "templates"
    folder.mkdir(parents=True)
    return folder


def test_the_logo_is_drawn_and_has_the_providers_name_as_its_text() -> None:
    drawn = render_pdf(models.quiet(), LOOK)
    figures = [tag.entry["/Alt"] for tag in tags(reader(drawn)) if tag.kind == "/Figure"]
    assert figures[0] == "Example MSP"
    assert "0 1 0 rg" in ink(drawn) or "0.0 1.0 0.0 rg" in ink(drawn)
    assert drawn.warnings == ()


def test_colours_reach_the_rules_that_are_written_with_them(own: Path) -> None:
    css = (template_dir() / "report.css").read_text(encoding="utf-8")
    probe = ":root { --accent: #ff0000 } h1 { color: var(--accent) !important }"
    (own / "report.css").write_text(f"{css}\n{probe}", encoding="utf-8")
    purple = " ".join(f"{int(part, 16) / 255:.3g}"[:5] for part in ("7a", "1f", "a2"))
    red, branded = render_pdf(models.quiet()), render_pdf(models.quiet(), LOOK)
    assert "1 0 0 rg" in ink(red)
    assert "1 0 0 rg" not in ink(branded)
    assert purple.split()[0] in ink(branded)


def test_its_font_comes_first_and_ours_stay_behind_it() -> None:
    content = (font_dir() / "NotoSansMath-Regular.ttf").read_bytes()
    font = BrandFile(name="brand-regular.ttf", media_type="font/ttf", content=content)
    brand = Brand(regular=font)
    rules = page_css([font_dir() / "DroidSansFallback.ttf"], brand)
    assert rules.count("{ font-family: ReportBrand, Report, ReportHan }") == len(PLACES)
    names = {str(font["/BaseFont"]) for font in fonts(reader(render_pdf(models.bad("東京"), brand))).values()}
    assert any("ReportBrand" in name for name in names)
    assert any("ReportHan" in name for name in names)


def test_no_brand_adds_nothing() -> None:
    assert not brand_css(Brand())


def test_a_brand_is_part_of_the_bytes_and_the_same_each_time() -> None:
    plain, one, two = render_pdf(models.quiet()), *(render_pdf(models.quiet(), LOOK) for _ in range(2))
    assert one.pdf == two.pdf
    assert one.pdf != plain.pdf
    identifiers = [reader(drawn).trailer["/ID"][0] for drawn in (plain, one)]
    assert identifiers[0] != identifiers[1]


@pytest.mark.parametrize("inside", [b'<image href="http://127.0.0.1:9/x.png" width="9" height="9"/>',
                                    b'<image href="file:///etc/passwd" width="9" height="9"/>'])  # fmt: skip
def test_even_an_unchecked_logo_reads_nothing_and_is_not_drawn_without_it(inside: bytes) -> None:
    harmful = BrandFile(
        name="brand-logo.svg", media_type="image/svg+xml", content=SVG.replace(b"</svg>", inside + b"</svg>")
    )
    with pytest.raises(FetchRefusedError):
        render_pdf(models.quiet(), Brand(logo=harmful))


def test_a_picture_that_cannot_be_drawn_takes_nothing_from_the_page_but_the_draft() -> None:
    itself = b'<clipPath id="a"><rect width="9" height="9" clip-path="url(#a)"/></clipPath>'
    clipped = itself + b'<rect clip-path="url(#a)" width="9" height="9"/></svg>'
    broken = replace(LOGO, content=SVG.replace(b"</svg>", clipped))
    with pytest.raises(NotDrawnError, match="Failed to render SVG image"):
        render_pdf(models.quiet(), Brand(logo=broken))


def test_what_only_a_brands_font_has_is_drawn_with_it() -> None:
    face = TTFont(font_dir() / "NotoSansHebrew-Regular.ttf")
    face["cmap"].getBestCmap()
    for table in face["cmap"].tables:
        if table.isUnicode():
            table.cmap[0x0E81] = table.cmap[0x05D0]
    face.save(held := io.BytesIO())
    files = [
        BrandFile(name=f"brand-{style}.ttf", media_type="font/ttf", content=held.getvalue())
        for style in ("regular", "bold")
    ]
    plain, own = (
        "".join(page.extract_text() for page in reader(render_pdf(models.bad("a\u0e81"), brand)).pages)
        for brand in (Brand(), Brand(regular=files[0], bold=files[1]))
    )
    assert "‹U+0E81›" in plain
    assert "‹U+0E81›" not in own


def test_a_template_of_the_provider_stands_before_ours_and_the_others_stay(own: Path) -> None:
    (own / "page").mkdir()
    (own / "page" / "paragraph.html.j2").write_text("<p>Ours: {{ block.text }}</p>", encoding="utf-8")
    text = "\n".join(page.extract_text() for page in reader(render_pdf(models.bad("<b>x</b>"))).pages)
    assert "Ours: Times are in Europe/Berlin." in text
    assert "Summary" in text


def test_text_stays_escaped_in_a_providers_template(own: Path) -> None:
    (own / "report.md.j2").write_text("{{ page.customer }}\n", encoding="utf-8")
    assert render_markdown(models.bad("<b>*x*</b>")) == "\\<b\\>\\*x\\*\\</b\\>\n"


@pytest.mark.parametrize("text", [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ page.__init__.__globals__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ page.parts.__class__ }}",
])  # fmt: skip
def test_a_template_cannot_reach_python(own: Path, text: str) -> None:
    (own / "report.md.j2").write_text(text, encoding="utf-8")
    with pytest.raises(SecurityError):
        render_markdown(models.quiet())


def test_a_template_cannot_change_what_it_is_given(own: Path) -> None:
    (own / "report.md.j2").write_text("{% set x = [1] %}{{ x.append(2) }}", encoding="utf-8")
    with pytest.raises(SecurityError):
        render_markdown(models.quiet())
