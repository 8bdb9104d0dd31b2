"""The nine parts in their order, from the model to blocks."""

from __future__ import annotations

from collections.abc import Callable

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
from msp_reports.rendering.common import NOT_AVAILABLE, first_rows
from msp_reports.rendering.format import Clock, whole
from msp_reports.rendering.headline import headline_numbers, overall
from msp_reports.rendering.security_part import security_blocks
from msp_reports.rendering.site_part import site_blocks
from msp_reports.rendering.ticket_part import ticket_blocks
from msp_reports.rendering.uptime_part import uptime_blocks

SUMMARY = "summary"
TITLES = {
    Source.UPTIME: "Uptime and SLA",
    Source.TICKETS: "Tickets",
    Source.BACKUP: "Backup",
    Source.SECURITY: "Security",
    Source.AVAILABILITY: "Public sites",
}
SEVERITIES = {
    Severity.CRITICAL: Cell(text="Critical", tone=Tone.CRITICAL),
    Severity.WARNING: Cell(text="Warning", tone=Tone.WARNING),
    Severity.NOTICE: Cell(text="Notice", tone=Tone.NOTICE),
    Severity.GOOD: Cell(text="Better", tone=Tone.GOOD),
}
FIRST_WEEK = "First report: there is no earlier week to compare with."


def build_page(model: ReportModel) -> Page:
    """Lay out the whole report."""
    clock = Clock(model)
    return Page(
        title=f"Weekly report {model.week}",
        customer=model.customer_name,
        provider=model.provider_name,
        week=model.week,
        days=clock.week,
        compared=FIRST_WEEK if model.comparison is None else f"Compared with {model.comparison}.",
        state=overall(model),
        language=model.language,
        created=model.week_end.isoformat(timespec="seconds"),
        parts=(
            _summary(model),
            _changes(model),
            *(_section(source, model, clock) for source in Source if source in model.used),
            _recommendations(model),
            _about(model, clock),
        ),
    )


def _summary(model: ReportModel) -> Part:
    sentences = Items(items=tuple(Cell(text=sentence) for sentence in model.summary))
    told = Paragraph(text=model.summary[0], style="lead") if len(model.summary) == 1 else sentences
    numbers = Headlines(numbers=headline_numbers(model), compared=model.comparison is not None)
    blocks = (numbers,) if numbers.numbers else ()
    return Part(name=SUMMARY, title="Summary", blocks=(told, *blocks, *_quotes(model, SUMMARY)))


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
    if not model.findings:
        return Part(
            name="changes", title="What changed", blocks=(Paragraph(text="Nothing out of the ordinary."),)
        )
    shown, more = first_rows(model.findings)
    table = Table(
        title="Findings",
        columns=columns("State!", "Area@", "What"),
        style="findings",
        rows=tuple(
            cells(SEVERITIES[finding.severity], TITLES[finding.source], finding.sentence) for finding in shown
        ),
        more=more,
    )
    return Part(name="changes", title="What changed", blocks=(table,))


def _section(source: Source, model: ReportModel, clock: Clock) -> Part:
    return Part(
        name=source.value,
        title=TITLES[source],
        blocks=(*_BLOCKS[source](model, clock), *_quotes(model, source.value)),
    )


_MISSING: tuple[Block, ...] = (Paragraph(text=NOT_AVAILABLE, style="missing"),)


def _uptime(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _MISSING if model.uptime is None else uptime_blocks(model.uptime, model, clock)


def _tickets(model: ReportModel, _: Clock) -> tuple[Block, ...]:
    return _MISSING if model.tickets is None else ticket_blocks(model.tickets, model)


def _backup(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _MISSING if model.backup is None else backup_blocks(model.backup, model, clock)


def _security(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _MISSING if model.security is None else security_blocks(model.security, model, clock)


def _sites(model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    return _MISSING if model.availability is None else site_blocks(model.availability, model, clock)


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
        advice = Paragraph(text="Nothing to do this week.")
    return Part(name="recommendations", title="Recommendations", blocks=(advice,))


def _about(model: ReportModel, clock: Clock) -> Part:
    zone = f"Times are in {model.zone}. The week runs from {clock.moment(model.week_start)} to "
    blocks: list[Block] = [Paragraph(text=f"{zone}{clock.moment(model.week_end)}.")]
    windows = {(entry.window_start, entry.window_end) for entry in model.provenance}
    own_windows = windows - {(model.week_start, model.week_end)}
    if model.provenance:
        blocks.append(
            Table(
                title="Where the numbers come from",
                columns=columns(
                    "Section@",
                    "System@",
                    *(["Window@"] if own_windows else []),
                    "Fetched@",
                    "Records#",
                    "Estimates, and what is missing",
                ),
                rows=tuple(_origin(entry, clock, windows=bool(own_windows)) for entry in model.provenance),
                style="sources",
            )
        )
    if model.rules:
        blocks.append(Paragraph(text="Rules used:", style="label"))
        blocks.append(Items(items=tuple(Cell(text=rule) for rule in model.rules), style="rules"))
    return Part(name="about", title="About these numbers", blocks=tuple(blocks))


def _origin(entry: Provenance, clock: Clock, *, windows: bool) -> tuple[Cell, ...]:
    window = f"{clock.moment(entry.window_start)} to {clock.moment(entry.window_end)}"
    notes = (entry.notes or ("Complete.",)) if entry.available else (NOT_AVAILABLE,)
    return cells(
        TITLES[entry.source],
        entry.system,
        *([window] if windows else []),
        clock.moment(entry.fetched_at) if entry.available else "–",
        whole(entry.rows) if entry.available else "–",
        Cell(sentences=notes),
    )
