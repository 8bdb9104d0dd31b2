"""What the estate was sent, kept as files: a second start finds it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path
from typing import Any

_KEY = re.compile(r"RPT-([0-9a-f]+)")


class Outbox:
    """``mail/*.eml``, ``teams/*.json``, files under ``drive``, ``sharepoint`` and ``channel``.

    What describes them is beside each.
    """

    def __init__(self, build: Path) -> None:
        self.root = build / "outbox"

    def write(self, name: str, content: bytes, about: dict[str, Any] | None = None) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if about is not None:
            _put(path.with_name(f"{path.name}.about.json"), json.dumps(about).encode())
        _put(path, content)
        return path

    def read(self, folder: str, pattern: str) -> Iterator[Path]:
        yield from sorted((self.root / folder).glob(pattern))

    def told(self) -> dict[str, Any]:
        """Everything that reached somebody. Drafts reach nobody."""
        return {
            "mails": [_mail(path, self.root) for path in self.read("mail", "*.eml")],
            "posts": [_post(path) for path in self.read("teams", "*.json")],
            "pins": {
                path.stem: sorted(json.loads(path.read_text(encoding="utf-8")).values())
                for path in self.read("pins", "*.json")
            },
            "files": [
                _file(path, self.root, where)
                for where in ("drive", "sharepoint", "channel")
                for path in self.read(where, "**/*.about.json")
            ],
        }


def _put(path: Path, content: bytes) -> None:
    """Whole or not at all, for whoever reads at this moment."""
    half = path.with_name(f"{path.name}.half")
    half.write_bytes(content)
    half.replace(path)


def _mail(path: Path, root: Path) -> dict[str, Any]:
    mail: EmailMessage = message_from_bytes(path.read_bytes(), policy=default)
    pdf = next((part.get_content() for part in mail.iter_attachments()), None)
    return {
        "to": [str(address) for address in mail["To"].addresses],
        "cc": [str(address) for address in mail["Cc"].addresses] if mail["Cc"] else [],
        "subject": str(mail["Subject"]),
        "key": str(mail["X-MSP-Reports-Delivery-Key"] or ""),
        "sha256": "" if pdf is None else sha256(pdf).hexdigest(),
        "file": str(path.relative_to(root)),
    }


def _post(path: Path) -> dict[str, Any]:
    post = json.loads(path.read_text(encoding="utf-8"))
    found = _KEY.search(json.dumps(post["activity"]))
    return {
        "channel": post["channel"],
        "activity_id": post["activity_id"],
        "edits": post["edits"],
        "key": found[1] if found else "",
    }


def _file(about: Path, root: Path, where: str) -> dict[str, Any]:
    entry = json.loads(about.read_text(encoding="utf-8"))
    path = about.with_name(about.name.removesuffix(".about.json"))
    return {
        "id": entry["id"],
        "where": where,
        "path": str(path.relative_to(root)),
        "sha256": sha256(path.read_bytes()).hexdigest(),
    }
