"""Where include/ is. No other file spells that path.

Repository and image keep ``plugins/`` and ``include/`` side by side. ``MSP_REPORTS_INCLUDE`` moves
the assets, ``MSP_REPORTS_CONFIG`` the provider's and customers' files.
"""

from __future__ import annotations

import os
from pathlib import Path


def include_dir() -> Path:
    override = os.environ.get("MSP_REPORTS_INCLUDE")
    return Path(override) if override else Path(__file__).resolve().parents[2] / "include"


def template_dir() -> Path:
    return include_dir() / "templates"


def font_dir() -> Path:
    return include_dir() / "fonts"


def locale_dir() -> Path:
    return include_dir() / "locales"


def sql_dir() -> Path:
    return include_dir() / "sql"


def config_dir() -> Path:
    """The folder that holds provider.yaml and customers/."""
    override = os.environ.get("MSP_REPORTS_CONFIG")
    return Path(override) if override else include_dir()


def brand_dir() -> Path:
    """The provider's own look: brand.yaml, a folder per customer that has another, and templates/."""
    return config_dir() / "brand"


def template_dirs() -> tuple[Path, ...]:
    """Where templates are looked for, the provider's own before ours."""
    return (brand_dir() / "templates", template_dir())


def template_file(name: str) -> Path:
    """Return the first file of that name; ours where the provider has none."""
    return next(
        (found for folder in template_dirs() if (found := folder / name).exists()), template_dir() / name
    )
