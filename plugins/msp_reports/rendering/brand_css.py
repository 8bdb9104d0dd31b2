"""A brand as CSS, to stand after report.css: the variables that it is written with, and a font."""

from __future__ import annotations

from msp_reports.domain.brand import Brand

FAMILY = "ReportBrand"
LOGO = ".logo { display: block; max-height: 12mm; max-width: 60mm; margin: 0 0 3mm }"


def brand_css(brand: Brand) -> str:
    """Return the rules of a brand; empty for none. Its font is declared here and set by `typefaces_css`."""
    rules = []
    if brand.colours is not None:
        look = brand.colours
        rules.append(f":root {{ --accent: {look.accent}; --dark: {look.dark}; --tint: {look.tint} }}")
    if brand.logo is not None:
        rules.append(LOGO)
    faces = [(brand.regular, 400), (brand.bold, 700)]
    for font, weight in faces:
        if font is not None:
            source = f"src: url(bundled:{font.name})"
            rules.append(f"@font-face {{ font-family: {FAMILY}; {source}; font-weight: {weight} }}")
    return "\n".join(rules)
