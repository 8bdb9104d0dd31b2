"""The notes of parsers: what one noted, in words, and what all of them can."""

from __future__ import annotations

import ast
from pathlib import Path

from msp_reports.domain.snapshot import Facts

_PACKAGE = Path(__file__).parents[1] / "plugins" / "msp_reports"


def sentences(facts: Facts) -> tuple[str, ...]:
    """Every note, in the language spoken."""
    return tuple(note.said() for note in facts.approximations)


def noted_messages() -> list[tuple[str, str | None]]:
    """Every message that a parser or a hook makes a note of, with its form for many: read from the code."""
    found = []
    for room in ("sources", "hooks"):
        for path in sorted((_PACKAGE / room).glob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                    if node.func.id == "noted":
                        found.append((str(texts[0]), None))
                    if node.func.id == "noted_of":
                        found.append((str(texts[-2]), str(texts[-1])))
    return found
