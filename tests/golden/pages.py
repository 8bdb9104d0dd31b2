"""Where the golden pages lie and how they are made."""

from __future__ import annotations

from pathlib import Path

from msp_reports.rendering.markdown import render_markdown
from tests.golden.stories import Story

_FOLDER = Path(__file__).parent / "markdown"


def path_of(name: str) -> Path:
    return _FOLDER / f"{name}.md"


def page_of(story: Story) -> str:
    return render_markdown(story())
