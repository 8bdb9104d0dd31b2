"""What is said of security incidents: of one, and of several with how severe they are, told once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msp_reports.domain.findings.draft import Draft
from msp_reports.domain.language import say, say_of
from msp_reports.domain.records import Incident
from msp_reports.domain.wording import capital, some

_COUNTED: dict[str, Callable[[int], str]] = {
    "high": lambda n: say_of(
        n, "{number} high-severity security incident", "{number} high-severity security incidents"
    ),
    "medium": lambda n: say_of(
        n, "{number} medium-severity security incident", "{number} medium-severity security incidents"
    ),
    "low": lambda n: say_of(
        n, "{number} low-severity security incident", "{number} low-severity security incidents"
    ),
    "informational": lambda n: say_of(
        n, "{number} informational security incident", "{number} informational security incidents"
    ),
    "unknown": lambda n: say_of(
        n,
        "{number} security incident of unknown severity",
        "{number} security incidents of unknown severity",
    ),
}
_MORE_COUNTED: dict[str, Callable[[int], str]] = {
    "high": lambda n: say_of(
        n, "{number} more high-severity security incident", "{number} more high-severity security incidents"
    ),
    "medium": lambda n: say_of(
        n,
        "{number} more medium-severity security incident",
        "{number} more medium-severity security incidents",
    ),
    "low": lambda n: say_of(
        n, "{number} more low-severity security incident", "{number} more low-severity security incidents"
    ),
    "informational": lambda n: say_of(
        n, "{number} more informational security incident", "{number} more informational security incidents"
    ),
    "unknown": lambda n: say_of(
        n,
        "{number} more security incident of unknown severity",
        "{number} more security incidents of unknown severity",
    ),
}


def incidents(number: int, grade: str, *, more: bool) -> str:
    """``4 informational security incidents``; `more`: besides those already named."""
    return (_MORE_COUNTED if more else _COUNTED)[grade](number)


def common_grade(drafts: Sequence[Draft]) -> str:
    """How severe all of them are. Empty: they differ, or are no open incidents."""
    grades = {draft.grade for draft in drafts}
    return grades.pop() if len(grades) == 1 else ""


def titles(members: Sequence[Draft], *, most: int) -> str:
    """Name up to `most`, those of one title and severity once: how many they are, how old the oldest is.

    How severe they are is said here only where `several` cannot say it of all.
    """
    alike: dict[tuple[str, str], list[Draft]] = {}
    for member in members:
        alike.setdefault((member.brief, member.grade), []).append(member)
    graded = not common_grade(members)
    named = [_named(same, graded=graded) for same in alike.values()]
    return some(named, most=most, stand_for=[len(same) for same in alike.values()])


def _named(same: Sequence[Draft], *, graded: bool) -> str:
    oldest, number = same[0], len(same)
    title = f"{number} × {oldest.brief}" if number > 1 else oldest.brief
    if oldest.is_good:
        return title
    since = _since(int(oldest.finding.after or 0), number)
    if graded:
        return say("{title} ({grade}, {since})", title=title, grade=_grade(oldest.grade), since=since)
    return say("{title} ({since})", title=title, since=since)


def _since(days: int, number: int) -> str:
    if days < 1:
        return say("since the week's last day")
    if number > 1:
        return say_of(days, "the oldest for {number} day", "the oldest for {number} days")
    return say_of(days, "for {number} day", "for {number} days")


def opening(incident: Incident, days: int) -> str:
    """The sentence about one that is open."""
    told = {"incident": _incident(incident.severity), "title": incident.title}
    if days < 1:
        sentence = say("{incident} was opened on the week's last day and is still open: {title}.", **told)
    else:
        sentence = say_of(
            days,
            "{incident} has been open for {number} day: {title}.",
            "{incident} has been open for {number} days: {title}.",
            **told,
        )
    return capital(sentence)


def closing(incident: Incident) -> str:
    """With how long it had been open, in whole days, unless less than one."""
    days = (incident.closed_at - incident.opened_at).days if incident.closed_at else 0
    if not days:
        return say("A security incident was closed: {title}.", title=incident.title)
    if incident.closed_is_estimate:
        return say_of(
            days,
            "A security incident was closed after about {number} day: {title}.",
            "A security incident was closed after about {number} days: {title}.",
            title=incident.title,
        )
    return say_of(
        days,
        "A security incident was closed after {number} day: {title}.",
        "A security incident was closed after {number} days: {title}.",
        title=incident.title,
    )


def _incident(grade: str) -> str:
    """What it is, as the subject of a sentence."""
    return {
        "high": say("a high-severity security incident"),
        "medium": say("a medium-severity security incident"),
        "low": say("a low-severity security incident"),
        "informational": say("an informational security incident"),
        "unknown": say("a security incident of unknown severity"),
    }[grade]


def _grade(grade: str) -> str:
    return {
        "high": say("high severity"),
        "medium": say("medium severity"),
        "low": say("low severity"),
        "informational": say("informational"),
        "unknown": say("unknown severity"),
    }[grade]
