"""What a new revision says otherwise than the one the customer has: sentences, the weightiest first.

Compared is what is read: figures as they are printed, so that none seems to change from 98 % to 98 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from msp_reports.domain.dates import short_date
from msp_reports.domain.language import say, say_of, speaking
from msp_reports.domain.records import Source
from msp_reports.domain.report import Correction, Finding, ReportModel, Rule
from msp_reports.languages import language
from msp_reports.rendering.common import title_of
from msp_reports.rendering.headline import headline_numbers, overall

MOST = 6
"""Changes told one by one; the rest is counted."""


def corrected(model: ReportModel, sent: ReportModel, *, revision: int, sent_on: date) -> ReportModel:
    """Return the model marked as the correction of a revision that was sent.

    Args:
        sent: the model of that revision, with its approval.
        sent_on: day it reached the customer, in the customer's zone.
    """
    with speaking(language(model.language)):
        changes = tuple(_changes(model, sent))
        hidden = len(changes) - MOST
        if hidden > 0:
            rest = say_of(hidden, "and {number} more change", "and {number} more changes")
            changes = (*changes[:MOST], rest)
    return replace(model, correction=Correction(of_revision=revision, sent_on=sent_on, changes=changes))


def replaces(correction: Correction) -> str:
    """Say that the report is a correction, and of what."""
    return say("Corrected: replaces the report of {day}.", day=short_date(correction.sent_on))


def told(correction: Correction) -> tuple[str, ...]:
    """What was corrected, a sentence each; one sentence when nothing was."""
    return correction.changes or (say("No figure changed."),)


def _changes(model: ReportModel, sent: ReportModel) -> Iterator[str]:
    touched: set[Source] = set()
    for source in Source:
        for sentence in _coverage(source, model, sent):
            touched.add(source)
            yield sentence
    if (state := overall(model).text) != (before := overall(sent).text):
        yield say("State of the week: {before} → {after}", before=before, after=state)
    yield from _numbers(model, sent, touched)
    yield from _findings(model, sent, touched)
    for source in Source:
        if source not in touched and getattr(model, source.value) != getattr(sent, source.value):
            yield say("{section}: single figures were corrected.", section=title_of(source))


def _coverage(source: Source, model: ReportModel, sent: ReportModel) -> Iterator[str]:
    """A section that came in or went out."""
    has, had = (getattr(each, source.value) is not None for each in (model, sent))
    if has and not had:
        yield say("{section}: was missing and is in the report now.", section=title_of(source))
    elif had and source not in model.used:
        yield say("{section}: is no longer part of the report.", section=title_of(source))
    elif had and not has:
        yield say("{section}: is not available any more.", section=title_of(source))


def _numbers(model: ReportModel, sent: ReportModel, touched: set[Source]) -> Iterator[str]:
    earlier = {number.label: number.value for number in headline_numbers(sent)}
    for source in Source:
        if source in touched:
            continue
        for number in headline_numbers(_only(model, source)):
            before = earlier.get(number.label)
            if before is not None and before != number.value:
                touched.add(source)
                yield say(
                    "{label}: {before} → {after}", label=number.label, before=before, after=number.value
                )


def _only(model: ReportModel, kept: Source) -> ReportModel:
    others: dict[str, Any] = {source.value: None for source in Source if source is not kept}
    return replace(model, **others)


def _findings(model: ReportModel, sent: ReportModel, touched: set[Source]) -> Iterator[str]:
    now, then = (
        {_what(finding): finding for finding in each.findings if finding.rule is not Rule.SOURCE_MISSING}
        for each in (model, sent)
    )
    were = {_whose(finding): finding for what, finding in then.items() if what not in now}
    for what, finding in now.items():
        if what in then:
            continue
        touched.add(finding.source)
        earlier = were.pop(_whose(finding), None)
        if earlier is None:
            yield say("New: {sentence}", sentence=finding.sentence)
        else:
            yield say("{sentence} (Before: {earlier})", sentence=finding.sentence, earlier=earlier.sentence)
    for finding in were.values():
        touched.add(finding.source)
        yield say("No longer reported: {sentence}", sentence=finding.sentence)


def _whose(finding: Finding) -> tuple[object, ...]:
    return (finding.rule, finding.source, finding.entity)


def _what(finding: Finding) -> tuple[object, ...]:
    """What a finding says, whatever the language; the sentence may have been in another by then."""
    return (*_whose(finding), finding.before, finding.after, finding.severity, finding.since)
