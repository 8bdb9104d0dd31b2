"""Bring the catalogues up to date with the sentences in the code: `python -m tests.catalogues`.

What is new in a catalogue is empty, and `tests/unit/test_catalogues.py` fails until it is translated.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from babel.messages.frontend import CommandLineInterface

from msp_reports.assets import locale_dir

ROOT = Path(__file__).parents[1]
_KEYWORDS = ("say", "say_as:1c,2", "say_of:2,3", "noted", "noted_of:2,3")


def extract(template: Path) -> None:
    """Write all messages of code and templates to a template of catalogues."""
    keywords = [part for keyword in _KEYWORDS for part in ("-k", keyword)]
    options = ["--no-default-keywords", "--no-location", "--sort-output", "--width=110"]
    _pybabel("extract", "-F", str(ROOT / "babel.cfg"), *keywords, *options, "-o", str(template), str(ROOT))


def update(template: Path, catalogue: Path) -> None:
    options = ["--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date", "--width=110"]
    files = ["-i", str(template), "-o", str(catalogue)]
    _pybabel("update", *options, *files, "-l", catalogue.stem)


def _pybabel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "-q", *arguments])


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        messages = Path(folder) / "messages.pot"
        extract(messages)
        for path in sorted(locale_dir().glob("*.po")):
            update(messages, path)
