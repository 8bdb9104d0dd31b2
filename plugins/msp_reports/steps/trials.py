"""Connections tried side by side: in stable order, without a secret, and none that hangs holds the rest."""

from __future__ import annotations

import json
import queue
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from msp_reports.domain.errors import (
    ChangedShapeError,
    ChannelUnreachableError,
    ConfigurationError,
    CredentialsRefusedError,
    DeliveryError,
    DeliveryThrottledError,
    FatalSourceError,
    ForeignRowError,
    PermissionMissingError,
    RetriableSourceError,
    UnreachableError,
)
from msp_reports.hooks.verdicts import Redactor
from msp_reports.steps.check_lines import Line, one_line
from msp_reports.steps.sights import Sight

_PUBLIC = frozenset({"tenant_id", "bot_tenant_id", "token_url", "api_root", "key_path", "token_uri"})
"""Settings of a connection that a message has to name: which tenant, which address."""
_TOKEN = re.compile(r"(?i)\bbearer\s+\S+|\beyJ[\w.-]+")
_REACHED = {True: "reachable", False: "NOT REACHABLE", None: "-"}
_AUTHORISED = {True: "authorised", False: "NOT AUTHORISED", None: "-"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One connection to be looked through."""

    label: str
    lane: str
    """What is tried in one lane shares a vendor's tolerance."""
    slots: int
    """How many at once the vendor tolerates."""
    connection: str | None
    right: str
    """The permission that is needed, as the vendor calls it."""
    look: Callable[[], Sight]


def run_all(trials: Sequence[Trial], *, patience: float) -> list[Line]:
    """Try all, each lane by itself; return their lines in the order given."""
    lines: dict[int, Line] = {}
    lanes: defaultdict[str, queue.SimpleQueue[int]] = defaultdict(queue.SimpleQueue)
    for number, trial in enumerate(trials):
        lanes[trial.lane].put(number)
    hung: set[tuple[str, str | None]] = set()

    def work(waiting: queue.SimpleQueue[int]) -> None:
        while not waiting.empty():
            try:
                number = waiting.get_nowait()
            except queue.Empty:  # another worker of the lane was faster
                return
            lines[number] = _tried(trials[number], hung, patience)

    workers = [
        threading.Thread(target=work, args=(waiting,), daemon=True)
        for lane, waiting in lanes.items()
        for _ in range(next(trial.slots for trial in trials if trial.lane == lane))
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [lines[number] for number in range(len(trials))]


def _tried(trial: Trial, hung: set[tuple[str, str | None]], patience: float) -> Line:
    """Try in a thread of its own, which is left behind if it does not end."""
    place = (trial.lane, trial.connection)
    if place in hung:
        return _line(trial, None, None, "not tried: this connection did not end for another customer")
    found: queue.SimpleQueue[Line] = queue.SimpleQueue()
    threading.Thread(target=lambda: found.put(try_one(trial)), daemon=True).start()
    try:
        return found.get(timeout=patience)
    except queue.Empty:
        hung.add(place)
        return _line(trial, None, None, f"no end after {patience:g} seconds; not waited for any longer")


def try_one(trial: Trial) -> Line:
    """Look, and say what was seen or what is wrong."""
    try:
        veil = Veil(trial.connection)
    except Exception as trouble:  # noqa: BLE001 - what a store of secrets says may hold one: its kind is enough
        kind = type(trouble).__name__
        return _line(trial, None, None, f"connection {trial.connection!r} cannot be read ({kind})")
    try:
        sight = trial.look()
    except Exception as trouble:  # noqa: BLE001 - a defect in one connector is a line like any other
        reached, authorised = _verdict(trouble)
        return _line(trial, reached, authorised, veil(_told(trouble, trial)))
    if not sight.missing:
        return _line(trial, True, True, veil(sight.told), is_well=True)
    missing = f"{sight.told}. Missing: {'; '.join(sight.missing)}. Needed: {trial.right}."
    return _line(trial, True, True, veil(missing))


def _line(
    trial: Trial, reached: bool | None, authorised: bool | None, told: str, *, is_well: bool = False
) -> Line:
    return Line(
        label=trial.label,
        reached=_REACHED[reached],
        authorised=_AUTHORISED[authorised],
        told=told,
        is_well=is_well,
    )


def _verdict(trouble: Exception) -> tuple[bool | None, bool | None]:
    """Return whether it was reached and whether we are let in. None: it did not come to that."""
    match trouble:
        case UnreachableError() | ChannelUnreachableError():
            return False, None
        case RetriableSourceError() | DeliveryThrottledError():
            return True, None
        case CredentialsRefusedError() | PermissionMissingError() | DeliveryError():
            return True, False
        case ChangedShapeError() | ForeignRowError():
            return True, True
        case FatalSourceError():
            return True, None
        case _:
            return None, None


def _told(trouble: Exception, trial: Trial) -> str:
    if _verdict(trouble)[1] is False:
        return f"{trouble} Needed: {trial.right}."
    if _verdict(trouble) == (None, None) and not isinstance(trouble, ConfigurationError):
        return f"{type(trouble).__name__}: {trouble}"
    return str(trouble)


class Veil:
    """Keeps whatever a connection holds out of a text, whoever says it."""

    def __init__(self, conn_id: str | None) -> None:
        self._redact = Redactor(_secrets_of(conn_id) if conn_id else ())

    def __call__(self, text: str) -> str:
        return one_line(_TOKEN.sub("***", self._redact(text)))


def _secrets_of(conn_id: str) -> Iterator[str]:
    from airflow.sdk import BaseHook
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        connection = BaseHook.get_connection(conn_id)
    except AirflowNotFoundException:
        return  # the trial itself says so
    login, password = connection.login or "", connection.password or ""
    yield from (login, password, f"{login}:{password}")
    extra = connection.extra_dejson
    yield from _leaves(extra)
    path = extra.get("key_path")
    if isinstance(path, str) and Path(path).is_file():
        yield from _leaves(_json(Path(path).read_text(encoding="utf-8", errors="replace")))


def _leaves(value: Any) -> Iterable[str]:
    """Every text in a setting, in one that is JSON inside JSON too."""
    match value:
        case dict():
            for name, part in value.items():
                if name not in _PUBLIC:
                    yield from _leaves(part)
        case list():
            for part in value:
                yield from _leaves(part)
        case str():
            yield value
            yield from _leaves(inner) if isinstance(inner := _json(value), dict | list) else ()
        case _:
            pass


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
