"""Public sites: availability, response times, certificates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msp_reports.domain.dates import day
from msp_reports.domain.language import numeral, say, say_as
from msp_reports.domain.report import AvailabilitySection, Measure, ReportModel, SiteOutageRow, SiteRow
from msp_reports.domain.wording import agreed, count, listed
from msp_reports.rendering.blocks import Block, Cell, Chart, Paragraph, Table, Tone, cells, columns
from msp_reports.rendering.charts import outage_strip, outage_text
from msp_reports.rendering.common import first_rows
from msp_reports.rendering.format import Clock, change, minutes, not_known, percentage

_SOON_DAYS = 21
_NOT_MEASURED = "–"
_HTTP = "http "


def site_blocks(section: AvailabilitySection, model: ReportModel, clock: Clock) -> tuple[Block, ...]:
    compared = model.comparison is not None
    blocks: list[Block] = [Paragraph(text=_all(section.availability))]
    if compared and section.measured_otherwise:
        blocks.append(Paragraph(text=_all_otherwise()))
    if section.sites:
        blocks.append(_sites(section.sites, compared=compared))
    if not section.outages:
        return (*blocks, Paragraph(text=_no_outages(section.sites)))
    strip = outage_strip(section.outages, model.week_start, model.week_end, [day(d) for d in clock.days])
    blocks.append(
        Chart(
            title=say("Outages of public sites over the week"), svg=strip, text=outage_text(section.outages)
        )
    )
    return (*blocks, _outages(section.outages, clock))


def _all(availability: Measure) -> str:
    value = percentage(availability.value)
    if availability.value is None or availability.before is None:
        return say("Availability of all public sites: {value}.", value=value)
    return say(
        "Availability of all public sites: {value}, after {before} last week ({change}).",
        value=value,
        before=percentage(availability.before),
        change=change(availability),
    )


def _all_otherwise() -> str:
    return say(
        "No change is shown for all public sites together: last week's figure was measured in another way."
    )


def _no_outages(sites: Sequence[SiteRow]) -> str:
    """Say no more than was looked at: nobody looks at a site that is known by its visitors alone."""
    known = [site for site in sites if site.availability.value is not None]
    if not known:
        return say("Whether public sites were down this week is not known.")
    if len(known) < len(sites) or any(map(_is_by_requests, sites)):
        return say("No outages of public sites were seen this week.")
    return say("No outages of public sites this week.")


def _is_by_requests(site: SiteRow) -> bool:
    return site.coverage is None


def _sites(sites: Sequence[SiteRow], *, compared: bool) -> Table:
    by_requests = any(map(_is_by_requests, sites))
    return Table(
        title=say_as("public site", "By site"),
        columns=columns(
            say_as("public site", "Site"),
            say("Available") + "#",
            *([say("Change") + "#"] if compared else []),
            say("Target") + "~",
            say("Measured by") + "@" if by_requests else say("Probes made") + "~",
            say("95 % faster than") + "#",
            say("Certificate") + "#",
            say("State") + "!",
        ),
        rows=tuple(_site(site, compared=compared, mixed=by_requests) for site in sites),
        more=" ".join(_notes(sites, compared=compared)),
        style="sites",
    )


def _notes(sites: Sequence[SiteRow], *, compared: bool) -> Iterator[str]:
    low = [site for site in sites if site.coverage_low]
    if not all(map(_is_by_requests, low)):
        yield say("⚠ Fewer than 90 % of the probes that were due could be made; the figure is less certain.")
    if any(map(_is_by_requests, low)):
        yield say(
            "⚠ Requests are on record for less than 90 % of the week; the figure says nothing of the rest"
            " of it."
        )
    if any(map(_is_by_requests, sites)):
        yield say(
            "By requests: the share of visitors' requests that were answered well, not a share of time;"
            " response times and certificates are not measured that way (–)."
        )
        if len(sites) > 1:
            yield say("The figure for all public sites is the mean of the sites' own.")
    otherwise = [site.name for site in sites if site.measured_otherwise]
    if compared and otherwise:
        yield say(
            "No change is shown for {sites}, measured in another way last week.", sites=listed(otherwise)
        )


def _site(site: SiteRow, *, compared: bool, mixed: bool) -> tuple[Cell, ...]:
    """Draw a row; `mixed`: the column says what was counted, not only how much of it."""
    unknown = not_known() if site.coverage is not None else _NOT_MEASURED
    return cells(
        Cell(text=site.name, under=site.url),
        percentage(site.availability.value, apart_from=site.target),
        *([change(site.availability)] if compared else []),
        agreed(site.target),
        Cell(text=_basis(site, mixed=mixed), tone=Tone.WARNING if site.coverage_low else Tone.PLAIN),
        unknown if site.p95_ms is None else say("{number} ms", number=numeral(site.p95_ms)),
        Cell(text=unknown) if site.certificate_days is None else _certificate(site.certificate_days),
        _state(site),
    )


def _basis(site: SiteRow, *, mixed: bool) -> str:
    if site.coverage is None and site.coverage_low and site.recorded is not None:
        return say("requests, in {figure} of the week", figure=percentage(site.recorded))
    if site.coverage is None:
        return say("requests")
    made = percentage(site.coverage)
    return say("probes, {figure} made", figure=made.replace(" ", "\u00a0")) if mixed else made


def _certificate(days: int) -> Cell:
    if days < 0:
        return Cell(text=say("expired"), tone=Tone.CRITICAL)
    return Cell(text=count(days, "day"), tone=Tone.WARNING if days <= _SOON_DAYS else Tone.PLAIN)


def _state(site: SiteRow) -> Cell:
    value = site.availability.value
    if value is None:
        return Cell(text=not_known(), tone=Tone.UNKNOWN)
    if value < site.target:
        return Cell(text=say("Below target"), tone=Tone.WARNING)
    return Cell(text=say("On target"), tone=Tone.GOOD)


def _outages(outages: Sequence[SiteOutageRow], clock: Clock) -> Table:
    shown, more = first_rows(outages)
    return Table(
        title=say("Outages, longest first"),
        columns=columns(
            say_as("public site", "Site"),
            say("Start") + "@",
            say("End") + "@",
            say("In the week") + "#",
            say("Cause"),
        ),
        rows=tuple(
            cells(
                outage.name,
                clock.moment(outage.started_at),
                say("still down") if outage.ended_at is None else clock.moment(outage.ended_at),
                minutes(outage.minutes),
                _cause(outage.cause),
            )
            for outage in shown
        ),
        more=more,
        style="outages",
    )


def _cause(cause: str) -> str:
    """Why a check failed, in words: checks of every system name it by the same few codes."""
    status = cause.removeprefix(_HTTP)
    if status != cause:
        return say("HTTP status {status}", status=status)
    said = {
        "": not_known(),
        "body": say("unexpected content"),
        "connect": say("no connection"),
        "dns": say("name not resolved"),
        "timeout": say("no answer in time"),
        "tls": say("certificate not accepted"),
    }
    return said.get(cause, cause)
