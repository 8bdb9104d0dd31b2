"""Small inline SVG, drawn from numbers only: no vendor text can get in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from msp_reports.domain.dates import day, weekday
from msp_reports.domain.language import numeral, say, say_of
from msp_reports.domain.report import DayFlow, OutageRow, SiteOutageRow
from msp_reports.rendering.format import minutes

BLUE, DARK, GREY, LINE, RED = "#2f6fb0", "#1f3a5f", "#9aa7b4", "#d5dce3", "#b3261e"
_LEAST_POINTS = 2
_DAYS = 7
_WIDTH, _LEAST_WIDTH, _ARROW = 480.0, 1.8, 10.0


def sparkline(history: Sequence[float | None], told: str, *, least_span: float = 0.0) -> str:
    """Draw up to 13 weeks as a line with a dot on the newest; a gap where a week is not known.

    Args:
        least_span: what the height stands for at least, so that dust does not look like a fall.
    """
    known = [number for number in history if number is not None]
    if len(known) < _LEAST_POINTS:
        return ""
    width, height, edge = 96.0, 22.0, 3.0
    low, high = _span(known, least_span)
    step = (width - 2 * edge) / (len(history) - 1)
    spots = [
        None if number is None else (edge + step * place, _height(number, low, high, height, edge))
        for place, number in enumerate(history)
    ]
    strokes = "".join(_stroke(run) for run in _runs(spots))
    last = spots[-1]
    dot = f'<circle cx="{last[0]:.1f}" cy="{last[1]:.1f}" r="2.4" fill="{DARK}"/>' if last else ""
    return _svg(width, height, told, strokes + dot)


def _span(known: Sequence[float], least: float) -> tuple[float, float]:
    low, high = min(known), max(known)
    wider = max(0.0, least - (high - low)) / 2
    return low - wider, high + wider


def _height(number: float, low: float, high: float, height: float, edge: float) -> float:
    if high == low:
        return height / 2
    return height - edge - (number - low) / (high - low) * (height - 2 * edge)


def _runs(spots: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for spot in spots:
        if spot is None:
            runs.append([])
        else:
            runs[-1].append(spot)
    return [run for run in runs if run]


def _stroke(run: Sequence[tuple[float, float]]) -> str:
    if len(run) == 1:
        return f'<circle cx="{run[0][0]:.1f}" cy="{run[0][1]:.1f}" r="1" fill="{BLUE}"/>'
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in run)
    return f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="1.4"/>'


def flow_text(flow: Sequence[DayFlow]) -> str:
    """``Mon 17 Nov 3 opened, 2 closed; …``."""
    return say("; ").join(
        say(
            "{day}: {opened} opened, {closed} closed",
            day=day(entry.day),
            opened=numeral(entry.opened),
            closed=numeral(entry.closed),
        )
        for entry in flow
    )


def ticket_flow(flow: Sequence[DayFlow]) -> str:
    """Two bars per day: opened dark, closed light."""
    width, height, base = 240.0, 150.0, 134.0
    top = max([1, *(max(entry.opened, entry.closed) for entry in flow)])
    column = width / max(1, len(flow))
    drawn = [f'<line x1="0" y1="{base}" x2="{width:.0f}" y2="{base}" stroke="{LINE}"/>']
    for place, entry in enumerate(flow):
        middle = column * (place + 0.5)
        for shift, number, colour in ((-14.0, entry.opened, DARK), (1.0, entry.closed, "#8db3d9")):
            tall = number / top * (base - 14)
            drawn.extend((
                _bar(middle + shift, base - tall, tall, colour),
                _label(middle + shift + 6.5, base - tall - 3, numeral(number)),
            ))
        drawn.append(_label(middle, base + 12, weekday(entry.day)))
    return _svg(width, height, flow_text(flow), "".join(drawn))


def _bar(x: float, y: float, tall: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="13" height="{tall:.1f}" fill="{colour}"/>'


def outage_text(outages: Sequence[OutageRow | SiteOutageRow]) -> str:
    """How many, how long, and the longest."""
    total = sum(outage.minutes for outage in outages)
    longest = max(outage.minutes for outage in outages)
    if len(outages) == 1:
        return say("1 outage of {length}.", length=minutes(longest))
    return say_of(
        len(outages),
        "{number} outage, together {total}; the longest {longest}.",
        "{number} outages, together {total}; the longest {longest}.",
        total=minutes(total),
        longest=minutes(longest),
    )


def outage_strip(
    outages: Sequence[OutageRow | SiteOutageRow], start: datetime, end: datetime, labels: Sequence[str]
) -> str:
    """Draw the week as one strip, out of which each outage stands; one that goes on has an arrow at the end.

    Outages rise above the strip and days are divided below it: they are told apart without their colours.
    """
    goes_on = any(outage.ended_at is None for outage in outages)
    width, height, top, foot = _WIDTH - _ARROW * goes_on, 40.0, 7.0, 22.0
    length = (end - start).total_seconds()
    drawn = [
        f'<rect x="0" y="{top}" width="{width:.0f}" height="{foot - top}" fill="#e6f0ea"/>',
        f'<line x1="0" y1="{foot}" x2="{width:.0f}" y2="{foot}" stroke="{GREY}" stroke-width="0.6"/>',
    ]
    for outage in outages:
        left = max(0.0, (outage.started_at - start).total_seconds()) / length * width
        until = end if outage.ended_at is None else min(outage.ended_at, end)
        right = max(0.0, (until - start).total_seconds()) / length * width
        wide = min(max(_LEAST_WIDTH, right - left), width)
        left = min(left, width - wide)
        drawn.append(f'<rect x="{left:.1f}" y="1" width="{wide:.1f}" height="{foot - 1}" fill="{RED}"/>')
    if goes_on:
        middle = (top + foot) / 2
        drawn.append(
            f'<path fill="{RED}"'
            f' d="M{width + 1:.0f} {middle - 5} L{width + 9:.0f} {middle} L{width + 1:.0f} {middle + 5} Z"/>'
        )
    for place, label in enumerate(labels):
        x = width / _DAYS * place
        drawn.append(_label(x + width / _DAYS / 2, height - 5, label))
        if place:
            drawn.append(
                f'<line x1="{x:.1f}" y1="{foot}" x2="{x:.1f}" y2="{foot + 5}" stroke="{GREY}"'
                ' stroke-width="0.8"/>'
            )
    return _svg(_WIDTH, height, outage_text(outages), "".join(drawn))


def _label(x: float, y: float, text: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="8" font-family="Report" fill="#44505c"'
        f' text-anchor="middle">{text}</text>'
    )


def _svg(width: float, height: float, told: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}"'
        f' viewBox="0 0 {width:.0f} {height:.0f}" role="img"><title>{told}</title>{body}</svg>'
    )
