"""The nine parts in their order, from the model to blocks."""

from __future__ import annotations

from collections.abc import Callable

from msp_reports.domain.dates import week_name
from msp_reports.domain.language import say
from msp_reports.domain.records import Source
from msp_reports.domain.report import Provenance, ReportModel, Severity
from msp_reports.rendering.backup_part import backup_blocks
from msp_reports.rendering.blocks import (
    Block,
    Cell,
    Headlines,
    Items,
    Page,
    Paragraph,
    Part,
    Quote,
    Table,
    Tone,
    cells,
    columns,
)
from msp_reports.rendering.common import first_rows, not_available, title_of
from msp_reports.rendering.correction import replaces, told
from msp_reports.rendering.format import Clock, whole
from msp_reports.rendering.headline import headline_numbers, overall
from msp_reports.rendering.security_part import security_blocks
from msp_reports.rendering.site_part import site_blocks
from msp_reports.rendering.ticket_part import ticket_blocks
from msp_reports.rendering.uptime_part import uptime_blocks

SUMMARY = "summary"


def severity_cell(severity: Severity) -> Cell:
    return {
        Severity.CRITICAL: Cell(text=say("Critical"), tone=Tone.CRITICAL),
        Severity.WARNING: Cell(text=say("Warning"), tone=Tone.WARNING),
        Severity.NOTICE: Cell(text=say("Notice"), tone=Tone.NOTICE),
        Severity.GOOD: Cell(text=say("Better"), tone=Tone.GOOD),
    }[severity]


def build_page(model: ReportModel) -> Page:
    """Lay out the whole report, in the language spoken."""
    clock = Clock(model)
    return Page(
        title=say("Weekly report {week}", week=week_name(model.week)),
        customer=model.customer_name,
        provider=model.provider_name,
        week=week_name(model.week),
        days=clock.week,
        compared=_compared(model),
        corrected=replaces(model.correction) if model.correction else "",
        state=overall(model),
        language=model.language,
        created=model.week_end.isoformat(timespec="seconds"),
        parts=(
            _summary(model),
            _changes(model),
            *(_section(source, model, clock) for source in _told(model)),
            _recommendations(model),
            _about(model, clock),
        ),
    )


def _compared(model: ReportModel) -> str:
    earlier = (entry for week in model.earlier for entry in week.provenance)
    if model.comparison is None and any(entry.available for entry in earlier):
        return say("There are no figures of last week to compare with.")
    if model.comparison is None:
        return say("First report: there is no earlier week to compare with.")
    return say("Compared with {week}.", week=week_name(model.comparison))


def _summary(model: ReportModel) -> Part:
    sentences = Items(items=tuple(Cell(text=sentence) for sentence in model.summary))
    lead = Paragraph(text=model.summary[0], style="lead") if len(model.summary) == 1 else sentences
    numbers = Headlines(numbers=headline_numbers(model), compared=model.comparison is not None)
    blocks = (numbers,) if numbers.numbers else ()
    return Part(
        name=SUMMARY,
        title=say("Summary"),
        blocks=(lead, *_correction(model), *blocks, *_quotes(model, SUMMARY)),
    )


def _correction(model: ReportModel) -> tuple[Block, ...]:
    if model.correction is None:
        return ()
    changes = tuple(Cell(text=change) for change in told(model.correction))
    heading = Paragraph(text=say("What was corrected"), style="label")
    return (heading, Items(items=changes, style="corrections"))


def _quotes(model: ReportModel, section: str) -> tuple[Quote, ...]:
    """Return a section's comments; one on a section that the report has not stands in the summary."""
    shown = {SUMMARY, *model.used}
    return tuple(
        Quote(author=comment.author, text=comment.text)
        for comment in model.comments
        if comment.text.strip()
        and (comment.section == section or (section == SUMMARY and comment.section not in shown))
    )


def _changes(model: ReportModel) -> Part:
    heading = say("What changed")
    if not model.findings:
        nothing = Paragraph(text=say("Nothing out of the ordinary."))
        return Part(name="changes", title=heading, blocks=(nothing,))
    shown, more = first_rows(model.findings)
    table = Table(
        title=say("Findings"),
        columns=columns(say("State") + "!", say("Area") + "@", say("What")),
        style="findings",
        rows=tuple(
            cells(
                severity_cell(finding.severity),
                title_of(finding.source),
                Cell(sentences=(finding.sentence,)),
            )
            for finding in shown
        ),
        more=more,
    )
    return Part(name="changes", title=heading, blocks=(table,))


def _told(model: ReportModel) -> tuple[Source, ...]:
    """What the customer has; and the backup in any case, of which silence would be read as all being well."""
    return tuple(source for source in Source if source in model.used or source is Source.BACKUP)


def _section(source: Source, model: ReportModel, clock: Clock) -> Part:
    return Part(
        name=source.value,
        title=title_of(source),
        blocks=(*_BLOCKS[source](model, clock), *_quotes(model, source.value)),
    )


def _missing() -> tuple[Block, ...]:
    return (Paragraph(text=not_available(), style="missing"),)


def _uptime(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _missing() if model.uptime is None else uptime_blocks(model.uptime, model, clock)


def _tickets(model: ReportModel, _: Clock) -> tuple[Block, ...]:
    return _missing() if model.tickets is None else ticket_blocks(model.tickets, model)


def _backup(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    if Source.BACKUP not in model.used:
        return (Paragraph(text=say("Backup is not part of this report.")),)
    return _missing() if model.backup is None else backup_blocks(model.backup, model, clock)


def _security(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _missing() if model.security is None else security_blocks(model.security, model, clock)


def _sites(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _missing() if model.availability is None else site_blocks(model.availability, model, clock)


_BLOCKS: dict[Source, Callable[[ReportModel, Clock], tuple[Block, ...]]] = {
    Source.UPTIME: _uptime,
    Source.TICKETS: _tickets,
    Source.BACKUP: _backup,
    Source.SECURITY: _security,
    Source.AVAILABILITY: _sites,
}


def _recommendations(model: ReportModel) -> Part:
    advice: Block = Items(items=tuple(Cell(text=item.text) for item in model.recommendations), ordered=True)
    if not model.recommendations:
        advice = Paragraph(text=say("Nothing to do this week."))
    return Part(name="recommendations", title=say("Recommendations"), blocks=(advice,))


def _about(model: ReportModel, clock: Clock) -> Part:
    window = say(
        "Times are in {zone}. The week runs from {start} to {end}.",
        zone=model.zone,
        start=clock.moment(model.week_start),
        end=clock.moment(model.week_end),
    )
    blocks: list[Block] = [Paragraph(text=window)]
    windows = {(entry.window_start, entry.window_end) for entry in model.provenance}
    own_windows = windows - {(model.week_start, model.week_end)}
    if model.provenance:
        blocks.append(
            Table(
                title=say("Where the numbers come from"),
                columns=columns(
                    say("Section") + "@",
                    say("System") + "@",
                    *([say("Window") + "@"] if own_windows else []),
                    say("Fetched") + "@",
                    say("Records") + "#",
                    say("Estimates, and what is missing"),
                ),
                rows=tuple(_origin(entry, clock, windows=bool(own_windows)) for entry in model.provenance),
                style="sources",
            )
        )
    if model.rules:
        blocks.append(Paragraph(text=say("Rules used:"), style="label"))
        blocks.append(Items(items=tuple(Cell(text=rule) for rule in model.rules), style="rules"))
    return Part(name="about", title=say("About these numbers"), blocks=tuple(blocks))


def _origin(entry: Provenance, clock: Clock, *, windows: bool) -> tuple[Cell, ...]:
    start, end = clock.moment(entry.window_start), clock.moment(entry.window_end)
    window = say("{start} to {end}", start=start, end=end)
    notes = (entry.notes or (say("Complete."),)) if entry.available else (not_available(),)
    return cells(
        title_of(entry.source),
        entry.system,
        *([window] if windows else []),
        clock.moment(entry.fetched_at) if entry.available else "–",
        whole(entry.rows) if entry.available else "–",
        Cell(sentences=notes),
    )
