"""The service account's key file that the demo's Google connection uses."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_EMAIL = "reports@northwind-demo.iam.gserviceaccount.example"


def write_key(build: Path, token_uri: str) -> Path:
    """Make the key file once, readable by its owner only; a changed address is written anew."""
    path = build / "google-key.json"
    key = json.loads(path.read_text(encoding="utf-8")) if path.exists() else _new_key()
    key["token_uri"] = token_uri
    path.touch(mode=0o600)
    path.write_text(json.dumps(key, indent=1), encoding="utf-8")
    return path


def _new_key() -> dict[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return {
        "type": "service_account",
        "project_id": "northwind-demo",
        "private_key_id": "demo-1",
        "private_key": private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        "client_email": CLIENT_EMAIL,
        "client_id": "100000000000000000001",
    }
