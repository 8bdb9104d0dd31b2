"""Google's multipart upload: metadata and content in one request.

https://developers.google.com/workspace/drive/api/guides/manage-uploads#multipart
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any


def related(metadata: Mapping[str, Any], mime_type: str, content: bytes) -> tuple[bytes, dict[str, str]]:
    """Return body and headers. The boundary is a hash of the content, so it cannot occur in it by design."""
    boundary = f"report-{sha256(content).hexdigest()}"
    parts = [
        f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n".encode(),
        json.dumps(metadata).encode(),
        f"\r\n--{boundary}\r\nContent-Type: {mime_type}\r\n\r\n".encode(),
        content,
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    return b"".join(parts), {"Content-Type": f"multipart/related; boundary={boundary}"}
