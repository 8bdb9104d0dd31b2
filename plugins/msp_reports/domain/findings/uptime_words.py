"""What is said of an uptime that fell, rose, misses its target or meets it again."""

from __future__ import annotations

from dataclasses import dataclass

from msp_reports.domain.findings.outage import MainOutage
from msp_reports.domain.findings.pair import Pair
from msp_reports.domain.kpis.uptime import Level, Totals
from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.week import ReportingWeek
from msp_reports.domain.wording import agreed, capital, moved_points, percent, points


@dataclass(frozen=True, slots=True, kw_only=True)
class UptimeWords:
    pair: Pair
    target: float
    week: ReportingWeek
    outage: MainOutage | None = None
    """What the lost time comes from, if it is to be said."""

    def moved(self, uptime: float | None, share: float | None) -> str:
        """Tell the changes that count, in points: of uptime, of the share of devices on target or of both."""
        if uptime is not None:
            told = self._moved(uptime)
            if share is not None and self.pair.now.measured > 1:
                told = say("{first}; {second}", first=told, second=_reached_it(self.pair.now))
        elif self.is_under and share is not None and share < 0:
            reached = say("{reached}, {after}", reached=_reached_it(self.pair.now), after=self._after())
            told = say("{first}; {second}", first=self._was_under(), second=reached)
        else:
            reached = _reached(self.pair.now, self.target, self._place)
            told = say("{reached}, {after}", reached=reached, after=self._after())
        return self._sentence(told)

    def missed(self) -> str:
        return self._sentence(self._was_under())

    def met_again(self) -> str:
        now, last = self.pair.now.uptime or 0.0, self.pair.last
        was = percent((last.uptime if last else None) or 0.0, apart_from=self.target)
        return say(
            "Uptime{place} is back on target: {now} after {was}.",
            place=self.pair.place,
            now=self._figure(now),
            was=was,
        )

    @property
    def is_under(self) -> bool:
        return self.pair.now.uptime is not None and self.pair.now.uptime < self.target

    def _figure(self, uptime: float) -> str:
        return percent(uptime, apart_from=self.target)

    def _sentence(self, told: str) -> str:
        if self.outage is not None:
            told = say("{cause}: {effect}", cause=self.outage.told(self.week), effect=told)
        return f"{capital(told)}."

    @property
    def _place(self) -> str:
        """Where, unless the outage was just told of that very site."""
        site = self.outage.site if self.outage is not None and not self.outage.device else ""
        return say(" there") if self.pair.group == (Level.SITE, site) else self.pair.place

    def _moved(self, change: float) -> str:
        told = {
            "place": self._place,
            "points": points(change),
            "after": self._figure(self.pair.now.uptime or 0.0),
            "standing": self._standing(change),
        }
        if change < 0:
            return say("uptime{place} fell by {points} to {after}, {standing}", **told)
        return say("uptime{place} rose by {points} to {after}, {standing}", **told)

    def _standing(self, change: float) -> str:
        target, last = agreed(self.target), self.pair.last
        if self.is_under:
            return (
                say("under the agreed {target}", target=target)
                if change < 0
                else say("still under the agreed {target}", target=target)
            )
        if change < 0:
            return say("still within the agreed {target}", target=target)
        if last is not None and last.uptime is not None and last.uptime < self.target:
            return say("back within the agreed {target}", target=target)
        return say("within the agreed {target}", target=target)

    def _was_under(self) -> str:
        return say(
            "uptime{place} was {figure}{moved}, under the agreed {target}",
            place=self._place,
            figure=self._figure(self.pair.now.uptime or 0.0),
            moved=moved_points(self.pair.uptime_change),
            target=agreed(self.target),
        )

    def _after(self) -> str:
        last = self.pair.last or Totals()
        return say(
            "after {part} of {whole} last week", part=numeral(last.on_target), whole=numeral(last.measured)
        )


def _reached(now: Totals, target: float, place: str) -> str:
    """How many devices met the target: ``all 12 devices at Berlin reached the agreed uptime of 99.5 %``."""
    told = {"place": place, "target": agreed(target)}
    if not now.on_target:
        return say_of(
            now.measured,
            "the only device{place} missed the agreed uptime of {target}",
            "none of {number} devices{place} reached the agreed uptime of {target}",
            **told,
        )
    if now.on_target == now.measured:
        return say_of(
            now.measured,
            "the only device{place} reached the agreed uptime of {target}",
            "all {number} devices{place} reached the agreed uptime of {target}",
            **told,
        )
    return say_of(
        now.on_target,
        "{number} of {whole} devices{place} reached the agreed uptime of {target}",
        "{number} of {whole} devices{place} reached the agreed uptime of {target}",
        whole=numeral(now.measured),
        **told,
    )


def _reached_it(now: Totals) -> str:
    """The same where target and place have just been told."""
    if not now.on_target:
        return say_of(now.measured, "the only device missed it", "none of {number} devices reached it")
    if now.on_target == now.measured:
        return say_of(now.measured, "the only device reached it", "all {number} devices reached it")
    return say_of(
        now.on_target,
        "{number} of {whole} devices reached it",
        "{number} of {whole} devices reached it",
        whole=numeral(now.measured),
    )
