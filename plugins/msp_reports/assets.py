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
