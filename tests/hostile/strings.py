"""The hostile corpus: what an attacker may put into anything that a vendor, a customer or a person names.

``corpus.json`` holds it by class, in ASCII, so that no editor or diff obeys what it shows. A long string
is written as its part and how often that is repeated.
"""

from __future__ import annotations

import json
from pathlib import Path


def _corpus() -> dict[str, tuple[str, ...]]:
    stored = json.loads(Path(__file__).with_name("corpus.json").read_text(encoding="ascii"))
    return {
        kind: tuple(
            entry if isinstance(entry, str) else str(entry["text"]) * int(entry["times"]) for entry in entries
        )
        for kind, entries in stored.items()
    }


CORPUS = _corpus()
STRINGS = tuple(text for texts in CORPUS.values() for text in texts)
