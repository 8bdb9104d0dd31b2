"""What each customer of the demo has to have received, by its own file, and what the estate says it has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from demo.setting import Setting

ARCHIVES = ("drive", "sharepoint")
KINDS = ("mails", "posts", "pins", "files", "archive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one customer is delivered to."""

    code: str
    mail: str
    """Address of the CTO."""
    thread: str
    """Of the Teams channel or group chat."""
    channels: tuple[str, ...]
    """Lines that the ledger has to have of one report."""
    wanted: dict[str, int]
    """How many of each kind one delivered report is."""


def places(setting: Setting) -> dict[str, Place]:
    """Read the customers' files, apart from the package's own reader."""
    found = {}
    for path in sorted((setting.config / "customers").glob("*.yaml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        code, delivery = content["code"], content["delivery"]
        found[code] = Place(
            code=code,
            mail=next(r["email"] for r in content["recipients"] if r["role"] == "cto"),
            thread=_thread(delivery),
            channels=tuple(_channels(delivery)),
            wanted=_wanted(delivery),
        )
    return found


def received(place: Place, outbox: dict[str, Any], week: str) -> dict[str, int]:
    """Count what the estate has of a customer, by kind."""
    files = [file["where"] for file in outbox["files"] if f"/{place.code}-{week}" in file["path"]]
    return {
        "mails": sum(place.mail in json.dumps(mail["to"]) for mail in outbox["mails"]),
        "posts": sum(post["channel"] == place.thread for post in outbox["posts"]),
        "pins": len(outbox["pins"].get(place.thread, ())),
        "files": files.count("channel"),
        "archive": sum(where in ARCHIVES for where in files),
    }


def pdf_faults(place: Place, outbox: dict[str, Any], week: str, approved: str) -> Iterator[str]:
    """Every PDF of a customer, wherever it is, has the bytes that were approved."""
    pdfs = {
        f"the mail to {place.mail}": [
            mail["sha256"] for mail in outbox["mails"] if place.mail in json.dumps(mail["to"])
        ],
        **{
            f"the file in {file['where']}": [file["sha256"]]
            for file in outbox["files"]
            if file["path"].endswith(f"/{place.code}-{week}.pdf")
        },
    }
    for where, hashes in pdfs.items():
        if hashes != [approved]:
            yield f"{place.code}: {where} has {hashes}, approved is {approved}"


def _thread(delivery: dict[str, Any]) -> str:
    if "teams_chat" in delivery:
        return str(delivery["teams_chat"]["chat_id"])
    return str(delivery["teams"]["channel_id"])


def _wanted(delivery: dict[str, Any]) -> dict[str, int]:
    teams = delivery.get("teams") or {}
    return {
        "mails": 1,
        "posts": 2 if teams.get("standing_post") else 1,
        "pins": 1 if "teams_chat" in delivery else 0,
        "files": 1 if teams.get("graph") else 0,
        "archive": 3,
    }


def _channels(delivery: dict[str, Any]) -> Iterable[str]:
    for name, block in delivery.items():
        if name in ARCHIVES:
            yield from (name, f"{name}_json", f"{name}_markdown")
        elif name == "teams_chat":
            yield from ("teams_chat", "teams_pin")
        else:
            yield name
        if name == "teams":
            yield from ("teams_file",) if block.get("graph") else ()
            yield from ("teams_standing",) if block.get("standing_post") else ()
