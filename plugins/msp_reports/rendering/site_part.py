"""Public sites: availability, response times, certificates."""

from __future__ import annotations

from collections.abc import Sequence

from msp_reports.domain.report import AvailabilitySection, ReportModel, SiteOutageRow, SiteRow
from msp_reports.domain.wording import agreed, count
from msp_reports.rendering.blocks import Block, Cell, Chart, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.charts import outage_strip, outage_text
from msp_reports.rendering.common import figures, first_rows
from msp_reports.rendering.format import NOT_KNOWN, Clock, change, day, minutes, percentage

_SOON_DAYS = 21
_LOW = "▲ Fewer than 90 % of the probes that were due could be made; the figure is less certain."


def site_blocks(section: AvailabilitySection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    compared = model.comparison is not None
    blocks: list[Block] = [
        figures("Figures", (("Availability of all public sites", section.availability),), compared=compared)
    ]
    if section.sites:
        blocks.append(_sites(section.sites, compared=compared))
    if not section.outages:
        return (*blocks, Paragraph(text="No outages of public sites this week."))
    strip = outage_strip(section.outages, model.week_start, model.week_end, [day(d) for d in clock.days])
    blocks.append(
        Chart(title="Outages of public sites over the week", svg=strip, text=outage_text(section.outages))
    )
    return (*blocks, _outages(section.outages, clock))


def _sites(sites: Sequence[SiteRow], *, compared: bool) -> Table:
    return Table(
        title="By site",
        columns=columns(
            "Site",
            "Available#",
            *(["Change#"] if compared else []),
            "Target#",
            "Probes made#",
            "95 % faster than#",
            "Certificate#",
            "State!",
        ),
        rows=tuple(_site(site, compared=compared) for site in sites),
        more=_LOW if any(site.coverage_low for site in sites) else "",
    )


def _site(site: SiteRow, *, compared: bool) -> tuple[Cell, ...]:
    return cells(
        Cell(text=site.name, under=site.url),
        percentage(site.availability.value, apart_from=site.target),
        *([change(site.availability)] if compared else []),
        agreed(site.target),
        Cell(text=_basis(site), tone=Tone.WARNING if site.coverage_low else Tone.PLAIN),
        NOT_KNOWN if site.p95_ms is None else f"{site.p95_ms:,} ms",
        _certificate(site.certificate_days),
        _state(site),
    )


def _basis(site: SiteRow) -> str:
    return "share of requests" if site.coverage is None else percentage(site.coverage)


def _certificate(days: int | None) -> Cell:
    if days is None:
        return Cell(text=NOT_KNOWN)
    if days < 0:
        return Cell(text="expired", tone=Tone.CRITICAL)
    return Cell(text=count(days, "day"), tone=Tone.WARNING if days <= _SOON_DAYS else Tone.PLAIN)


def _state(site: SiteRow) -> Cell:
    value = site.availability.value
    if value is None:
        return Cell(text=NOT_KNOWN, tone=Tone.UNKNOWN)
    if value < site.target:
        return Cell(text="Below target", tone=Tone.WARNING)
    return Cell(text="On target", tone=Tone.GOOD)


def _outages(outages: Sequence[SiteOutageRow], clock: Clock) -> Table:
    shown, more = first_rows(outages)
    return Table(
        title="Outages, longest first",
        columns=columns("Site", "Start@", "End@", "In the week#", "Cause"),
        rows=tuple(
            cells(
                outage.name,
                clock.moment(outage.started_at),
                "still down" if outage.ended_at is None else clock.moment(outage.ended_at),
                minutes(outage.minutes),
                outage.cause or NOT_KNOWN,
            )
            for outage in shown
        ),
        more=more,
    )
