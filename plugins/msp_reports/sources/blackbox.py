"""Prometheus with the Blackbox exporter answers to one customer's public sites.

Reads the samples of ``probe_success`` and ``probe_duration_seconds`` as they were scraped, and the last
``probe_ssl_earliest_cert_expiry`` of the week (prometheus.io, HTTP API; prometheus/blackbox_exporter). A past
week is exact as far back as the server keeps samples; what it no longer keeps is a check not made.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import ChangedShapeError, ConfigurationError, ForeignRowError
from msp_reports.domain.records import Record, SiteAvailability
from msp_reports.domain.snapshot import Facts
from msp_reports.domain.week import ReportingWeek
from msp_reports.sources.probing import (
    MISSED_FROM,
    Check,
    PublicSite,
    SiteUrl,
    are_distinct,
    maybe_longer,
    outages,
    slow_ms,
)
from msp_reports.sources.rows import Identity, RowReader, ScopeModel, VendorRow, rows_of

SUCCESS, DURATION, EXPIRY = "probe_success", "probe_duration_seconds", "probe_ssl_earliest_cert_expiry"
_DAY = 86400
_MORE_THAN_DUE = 1.01
"""Scrapes are a little early or late; more than this is another interval than the file says."""
_CORRECT_IT = "correct interval_seconds in the customer's file"

Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]


class ProbedSite(PublicSite):
    """One site by the labels of its series."""

    url: SiteUrl
    instance: Label | None = None
    """Value of the label ``instance``, where it is not the address."""

    def labels(self, job: str | None) -> dict[str, str]:
        """What a series of this site must carry."""
        found = {"instance": self.instance or self.url}
        return found if job is None else found | {"job": job}


class BlackboxScope(ScopeModel):
    """The public sites that one Prometheus probes for a customer."""

    job: Label | None = None
    interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """``scrape_interval`` of the job: how many checks were due is told from it."""
    sites: Annotated[tuple[ProbedSite, ...], Field(min_length=1), AfterValidator(are_distinct)]

    def identities(self) -> tuple[Identity, ...]:
        """None: a public page may matter to several customers, who may read one series of it."""
        return ()

    def overlaps(self, other: Self) -> bool:
        """Tell whether one series is said to be of two addresses: one of them shows another's figures."""
        if self.job and other.job and self.job != other.job:
            return False
        return any(
            here.labels(None) == there.labels(None) and here.url != there.url
            for here in self.sites
            for there in other.sites
        )


class _Series(VendorRow):
    metric: dict[str, str]


class _Samples(_Series):
    values: tuple[tuple[float, float], ...]


class _Last(_Series):
    value: tuple[float, float]


def parse(payload: Mapping[str, Any], *, binding: SourceBinding, week: ReportingWeek) -> Facts:
    """Read the samples of every site (see `contract.Parse`)."""
    scope = binding.scope
    if not isinstance(scope, BlackboxScope):
        raise ConfigurationError("the Blackbox parser was given another system's scope")
    answers, warnings = payload.get("sites"), payload.get("warnings")
    if not isinstance(answers, dict) or not isinstance(warnings, list):
        raise ChangedShapeError("the payload has no sites or no warnings; fetch the week again")
    records: list[Record] = []
    incomplete = [f"Prometheus warned: {warning}" for warning in warnings]
    cut_short: list[str] = []
    rows_read = 0
    for site in scope.sites:
        answer = _SiteAnswer(answers.get(site.id), site, scope)
        checks = answer.checks(week)
        availability = _availability(site, scope, answer, checks, week)
        every = timedelta(seconds=scope.interval_seconds)
        down = outages(availability.site, site.name, checks, every=every, week=week)
        records += [availability, *down.records]
        cut_short += [site.name] if down.maybe_longer else []
        incomplete += answer.troubles
        rows_read += answer.rows_read
    return Facts(
        records=tuple(records),
        rows_read=rows_read,
        approximations=maybe_longer(cut_short),
        incomplete=tuple(incomplete),
    )


class _SiteAnswer:
    """What Prometheus told of one site."""

    def __init__(self, answer: object, site: ProbedSite, scope: BlackboxScope) -> None:
        if not isinstance(answer, dict):
            raise ChangedShapeError(f"the payload says nothing of site {site.id!r}; fetch the week again")
        reader = RowReader()
        series = reader.read_all(_Samples, rows_of(answer, "series"), "series")
        self._expiries = reader.read_all(_Last, rows_of(answer, "certificate"), "certificates")
        for row in (*series, *self._expiries):
            _refuse_foreign(row.metric, site, scope)
        self.site = site
        self._success = _named(series, SUCCESS)
        self._durations = _named(series, DURATION)
        self.rows_read = sum(len(one.values) for one in self._success)
        self.troubles: list[str] = []

    def checks(self, week: ReportingWeek) -> list[Check]:
        """Return the checks of the week, oldest first. Of several series none can be preferred: no checks."""
        if len(self._success) > 1:
            self.troubles.append(
                f"{self.site.name}: {len(self._success)} series carry its labels; name the job or another "
                "instance in the customer's file"
            )
            return []
        taken = {moment: seconds for one in self._durations for moment, seconds in one.values}
        found: dict[float, Check] = {}
        for moment, value in (sample for one in self._success for sample in one.values):
            at = datetime.fromtimestamp(moment, UTC)
            if math.isnan(value) or not week.contains(at):
                continue
            if value not in {0.0, 1.0}:
                raise ChangedShapeError(f"{SUCCESS} of {self.site.name} is {value:g}; it can be 0 or 1")
            seconds = taken.get(moment, math.nan)
            total_ms = round(1000 * seconds) if math.isfinite(seconds) else None
            found[moment] = Check(at=at, ok=value == 1.0, total_ms=total_ms)
        return [found[moment] for moment in sorted(found)]

    def certificate_days(self, week: ReportingWeek) -> int | None:
        """Days from the week's end to the expiry that was seen last."""
        seen = [row.value[1] for row in self._expiries]
        if len(seen) != 1 or not math.isfinite(seen[0]) or seen[0] <= 0:
            return None
        return math.floor((seen[0] - week.end_utc.timestamp()) / _DAY)


def _interval(said: int, checks: Sequence[Check], answer: _SiteAnswer) -> int:
    """Return the seconds from check to check: as the file says, or fewer if that is what they are.

    Told from the median: checks that were not made never make it shorter.
    """
    gaps = [(after.at - check.at).total_seconds() for check, after in pairwise(checks)]
    apart = max(1, round(median(gaps))) if gaps else said
    found = f"{answer.site.name}: checks come {apart} seconds apart where {said} are said"
    if apart > MISSED_FROM * said:
        answer.troubles.append(f"{found}, so that outages cannot be told; {_CORRECT_IT}")
    if apart < said:
        answer.troubles.append(f"{found}; {_CORRECT_IT}")
    return min(apart, said)


def _availability(
    site: ProbedSite, scope: BlackboxScope, answer: _SiteAnswer, checks: Sequence[Check], week: ReportingWeek
) -> SiteAvailability:
    due = week.seconds // _interval(scope.interval_seconds, checks, answer)
    if len(checks) > due * _MORE_THAN_DUE:
        answer.troubles.append(
            f"{site.name}: {len(checks)} checks were made where {due} were due; {_CORRECT_IT}"
        )
    return SiteAvailability(
        site=f"blackbox-{site.id}",
        name=site.name,
        url=site.url,
        probes_due=max(due, len(checks)),
        probes_made=len(checks),
        probes_good=sum(check.ok for check in checks),
        p95_ms=slow_ms(checks),
        certificate_days=answer.certificate_days(week),
    )


def _named(series: Sequence[_Samples], name: str) -> list[_Samples]:
    return [one for one in series if one.metric.get("__name__") == name]


def _refuse_foreign(metric: Mapping[str, str], site: ProbedSite, scope: BlackboxScope) -> None:
    wanted = site.labels(scope.job)
    found = {name: metric.get(name) for name in wanted}
    if found != wanted:
        raise ForeignRowError(f"Prometheus Blackbox: asked for {wanted}, got a series of {found}.")
