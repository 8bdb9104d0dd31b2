"""The order of findings, and how many of a kind are shown one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from msp_reports.domain.findings.draft import SINGLE, Draft, Group
from msp_reports.domain.findings.several import several
from msp_reports.domain.report import Finding, Rule, Severity, Unit

SHOWN_EACH = 5
"""Findings of one rule and kind that are shown one by one; the rest become one line."""

_SEVERITIES = tuple(Severity)
_RULES = tuple(Rule)
_Heap = tuple[Severity, Rule]


def rank(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Sort by severity; then rule by rule, that furthest past its threshold first; then by size and name.

    Total: the input's order never matters.
    """
    drafts = tuple(drafts)
    heaviest: dict[_Heap, float] = {}
    for draft in drafts:
        heap = draft.finding.severity, draft.finding.rule
        heaviest[heap] = max(0.0 if draft.is_good else draft.weight, heaviest.get(heap, 0.0))
    return tuple(sorted(drafts, key=lambda draft: _place(draft, heaviest)))


def condense(ranked: Sequence[Draft]) -> tuple[Finding, ...]:
    """Keep the worst of each rule and kind and count the rest, so that no list drowns the page."""
    groups: dict[Group, list[Draft]] = {}
    for draft in ranked:
        groups.setdefault(draft.group, []).append(draft)
    kept: list[Draft] = []
    for members in groups.values():
        if members[0].kind in SINGLE or len(members) <= SHOWN_EACH:
            kept += members
        else:
            kept += [*members[:SHOWN_EACH], _rest(members[SHOWN_EACH:])]
    return tuple(_in_floats(draft.finding) for draft in rank(kept))


def _rest(members: Sequence[Draft]) -> Draft:
    first = members[0]
    rest = Finding(
        rule=first.finding.rule,
        source=first.finding.source,
        entity=f"other {_plural(first.kind)}",
        before=None,
        after=len(members),
        threshold=first.finding.threshold,
        unit=Unit.COUNT,
        severity=first.finding.severity,
        sentence=several(members, more=True),
    )
    return replace(first, finding=rest, size=-1.0, brief="", identity="")


def _plural(noun: str) -> str:
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def _in_floats(finding: Finding) -> Finding:
    """Whole numbers as floats: a finding read back from JSON is the same to the last type."""
    numbers = (finding.before, finding.after, finding.threshold)
    before, after, threshold = (None if value is None else float(value) for value in numbers)
    return replace(finding, before=before, after=after, threshold=threshold)


def _place(draft: Draft, heaviest: Mapping[_Heap, float]) -> tuple[int, float, int, float, str, str, str]:
    finding = draft.finding
    return (
        _SEVERITIES.index(finding.severity),
        -heaviest[finding.severity, finding.rule],
        _RULES.index(finding.rule),
        -draft.size,
        finding.entity,
        draft.identity,
        finding.sentence,
    )
