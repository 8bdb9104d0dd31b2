"""A brand drawn before any report is: what cannot be drawn would take more than itself from the page."""

from __future__ import annotations

import re

from msp_reports.assets import font_dir
from msp_reports.domain.brand import Brand
from msp_reports.rendering.brand_css import FAMILY, brand_css
from msp_reports.rendering.renderer_log import renderer_log
from msp_reports.rendering.typefaces import typefaces_css

_NO_NUMBER = re.compile(rb"[\s\[]-?(?:nan|inf)[\s\]]")


def complaints(brand: Brand) -> tuple[str, ...]:
    """Draw the logo and a line in each face, and return what WeasyPrint found to complain about.

    Raises:
        FetchRefusedError: it asked for anything beyond its own files.
    """
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from msp_reports.rendering.bundled import BundledOnly

    fetcher, fonts = BundledOnly(font_dir(), brand.files), FontConfiguration()
    logo = "" if brand.logo is None else f'<img alt="" src="bundled:{brand.logo.name}">'
    with renderer_log() as told:
        first = FAMILY if brand.regular is not None else None
        css = f"{brand_css(brand)}\n{typefaces_css(set(), first=first)}"
        style = weasyprint.CSS(string=css, url_fetcher=fetcher, font_config=fonts)
        page = weasyprint.HTML(string=f"{logo}<p>Abc <b>Abc</b>", url_fetcher=fetcher)
        drawn: bytes = page.write_pdf(stylesheets=[style], font_config=fonts, uncompressed_pdf=True)
    fetcher.see_that_nothing_was_refused()
    found = [record.getMessage() for record in told]
    return (*found, "a number in it is none") if brand.logo and _NO_NUMBER.search(drawn) else tuple(found)
