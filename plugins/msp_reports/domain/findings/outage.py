"""What a low uptime comes from: one outage that makes up most of the time that was lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from msp_reports.domain.dates import moment
from msp_reports.domain.kpis.uptime import Group, Level
from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.records import UNASSIGNED, DeviceUptime, Outage
from msp_reports.domain.snapshot import WeekFacts
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import duration

_MOST = 0.5
"""Share of the lost time that an outage makes up at least, and of the devices that were down in it."""
_AS_LONG = 0.9
"""Devices are seen to go down and to come back within minutes of each other: this much of the time in which
most were down is as good as all of it."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class MainOutage:
    """At every moment from `began` to `ended`, at least `down` of `devices` devices were down."""

    site: str
    """Where. Empty: across sites."""
    device: str
    """Name of the one device that was down. Empty: it was several."""
    down: int
    devices: int
    began: datetime
    ended: datetime

    def told(self, week: ReportingWeek) -> str:
        """A clause such as ``Berlin was down for 17 hours from Wed 18 Nov, 03:12 (all 12 devices)``."""
        length = duration(round((self.ended - self.began) / timedelta(minutes=1)))
        told = {"length": length, "when": _when(self.began, self.ended, week)}
        if self.device:
            return say("{name} was down for {length} {when}", name=self.device, **told)
        if self.down < self.devices:
            return self._in_part(told)
        if self.site:
            return say_of(
                self.devices,
                "{site} was down for {length} {when} (its only device)",
                "{site} was down for {length} {when} (all {number} devices)",
                site=self.site,
                **told,
            )
        return say_of(
            self.devices,
            "{number} device was down for {length} {when}",
            "all {number} devices were down together for {length} {when}",
            **told,
        )

    def _in_part(self, told: Mapping[str, str]) -> str:
        place = say(" at {site}", site=self.site) if self.site else ""
        return say_of(
            self.devices,
            "{down} of {number} device{place} was down for {length} {when}",
            "{down} of {number} devices{place} were down together for {length} {when}",
            down=numeral(self.down),
            place=place,
            **told,
        )


def _when(began: datetime, ended: datetime, week: ReportingWeek) -> str:
    start, to_the_end = moment(began, ZoneInfo(week.zone)), ended >= week.end_utc
    if began <= week.start_utc:
        return say("from the week's start to its end") if to_the_end else say("from the week's start")
    return (
        say("from {start} to the week's end", start=start) if to_the_end else say("from {start}", start=start)
    )


def main_outage(facts: WeekFacts, group: Group, week: ReportingWeek) -> MainOutage | None:
    """Return the outage that most of the group's lost time comes from: of the customer, a site or a device.

    None: there is none such; the time was lost here and there.
    """
    devices = {d.device_id: d for d in facts.of(DeviceUptime) if _is_in(d, group)}
    lost = sum(min(d.down_seconds, d.monitored_seconds) for d in devices.values())
    spans = _spans((o for o in facts.of(Outage) if o.device_id in devices), week)
    if not lost or not spans:
        return None
    told = list(_candidates(devices, spans))
    enough = max(_MOST * lost, _AS_LONG * max(seconds for _, seconds in told))
    return next((outage for outage, seconds in told if seconds >= enough), None)


def _is_in(device: DeviceUptime, group: Group) -> bool:
    level, name = group
    return level is Level.CUSTOMER or name == {
        Level.SITE: device.site,
        Level.DEVICE_CLASS: device.device_class,
    }.get(level)


def _spans(outages: Iterable[Outage], week: ReportingWeek) -> dict[str, list[Span]]:
    """When each device was down inside the week; what two systems tell of one device counts once."""
    spans: dict[str, list[Span]] = {}
    inside = ((o.device_id, week.clip(o.started_at, o.ended_at)) for o in outages)
    for device, (began, ended) in sorted((d, span) for d, span in inside if span is not None):
        known = spans.setdefault(device, [])
        if known and began <= known[-1][1]:
            known[-1] = known[-1][0], max(known[-1][1], ended)
        else:
            known.append((began, ended))
    return spans


def _candidates(
    devices: Mapping[str, DeviceUptime], spans: Mapping[str, list[Span]]
) -> Iterator[tuple[MainOutage, float]]:
    """Outages and the seconds lost in them, those that say most first: of a site, of all, of one device."""
    sites = sorted({device.site for device in devices.values()} - {"", UNASSIGNED})
    for site in (*sites, ""):
        ids = [i for i, device in devices.items() if not site or device.site == site]
        down = [spans[i] for i in ids if i in spans]
        joint = _together(down, len(ids)) if len(ids) > 1 else None
        if joint is not None:
            count, (began, ended) = joint
            outage = MainOutage(site=site, device="", down=count, devices=len(ids), began=began, ended=ended)
            yield outage, sum(_overlap(span, (began, ended)) for of_one in down for span in of_one)
    device, (began, ended) = max(
        ((device, span) for device, of_one in sorted(spans.items()) for span in of_one),
        key=lambda entry: entry[1][1] - entry[1][0],
    )
    alone = MainOutage(
        site=devices[device].site,
        device=devices[device].name,
        down=1,
        devices=1,
        began=began,
        ended=ended,
    )
    yield alone, (ended - began).total_seconds()


def _overlap(one: Span, other: Span) -> float:
    return max(0.0, (min(one[1], other[1]) - max(one[0], other[0])).total_seconds())


def _together(down: Sequence[list[Span]], devices: int) -> tuple[int, Span] | None:
    """How many devices were down together, and when: of the longest time in which most of them were."""
    steps = sorted(
        (edge, change)
        for of_one in down
        for began, ended in of_one
        for edge, change in ((began, 1), (ended, -1))
    )
    pieces, count = [], 0
    for (edge, change), (after, _) in pairwise(steps):
        count += change
        if after > edge:
            pieces.append((edge, after, count))
    levels = sorted({count for _, _, count in pieces if count > _MOST * devices}, reverse=True)
    if not levels:
        return None
    longest = {level: _longest(pieces, level) for level in levels}
    whole = longest[levels[-1]]
    return next(
        (level, span)
        for level, span in longest.items()
        if span[1] - span[0] >= _AS_LONG * (whole[1] - whole[0])
    )


def _longest(pieces: Sequence[tuple[datetime, datetime, int]], level: int) -> Span:
    """The longest time without a break in which at least that many were down; the first of equals."""
    runs: list[Span] = []
    for began, ended, count in pieces:
        if count < level:
            continue
        if runs and runs[-1][1] == began:
            runs[-1] = runs[-1][0], ended
        else:
            runs.append((began, ended))
    return max(runs, key=lambda run: run[1] - run[0])
