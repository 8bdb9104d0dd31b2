"""Reading ``multipart/related``: metadata in JSON, then the content (RFC 2387)."""

from __future__ import annotations

import json
from email import message_from_bytes
from typing import Any


class MultipartError(ValueError):
    """The body is not two parts."""


def parts_of(content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
    """Return metadata and content of an upload."""
    if not content_type.startswith("multipart/related"):
        raise MultipartError(f"expected multipart/related, got {content_type[:40]}")
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    pieces = body.split(b"--" + boundary)
    if not boundary or len(pieces) != 4:
        raise MultipartError("expected two parts")
    metadata, content = (piece.removeprefix(b"\r\n").removesuffix(b"\r\n") for piece in pieces[1:3])
    head, _, data = content.partition(b"\r\n\r\n")
    if not message_from_bytes(head + b"\r\n\r\n").get("Content-Type"):
        raise MultipartError("the second part has no Content-Type")
    described: dict[str, Any] = json.loads(metadata.partition(b"\r\n\r\n")[2])
    return described, data
