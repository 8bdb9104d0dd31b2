"""Write the golden pages anew: ``make goldens``. What changed is then to be read in ``git diff``."""

from __future__ import annotations

from tests.golden.pages import page_of, path_of
from tests.golden.stories import STORIES


def main() -> None:
    for stale in path_of("x").parent.glob("*.md"):
        stale.unlink()
    for name, story in STORIES.items():
        path_of(name).write_text(page_of(story), encoding="utf-8")


if __name__ == "__main__":
    main()
