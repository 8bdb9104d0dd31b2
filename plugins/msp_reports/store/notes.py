"""Notes as the database keeps them: a plain sentence as it is, one with values as JSON."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

from msp_reports.domain.notes import Note, Value

_JSON = "{"
"""No sentence begins with it."""


def packed(note: Note) -> str:
    """Return the text that is stored; no control character of a vendor's is left in it."""
    is_plain = note.number is None and not note.values and not note.message.startswith(_JSON)
    return note.message if is_plain else json.dumps(_as_json(note), sort_keys=True)


def unpacked(text: str) -> Note:
    """Return the note that was stored, by this version or by one that stored sentences alone.

    Raises:
        ValueError: the text is JSON that no version wrote.
    """
    if not text.startswith(_JSON):
        return Note(message=text)
    match _from_json(json.loads(text)):
        case Note() as note:
            return note
    raise ValueError(f"expected a stored note, found {text[:100]!r}")


def _as_json(value: Value) -> Any:
    match value:
        case Note():
            values = {name: _as_json(each) for name, each in value.values}
            return {"message": value.message, "many": value.many, "number": value.number, "values": values}
        case tuple():
            return [_as_json(each) for each in value]
        case timedelta():
            return {"seconds": value // timedelta(seconds=1)}
        case date():
            return {"day": value.isoformat()}
    return value


def _from_json(value: Any) -> Value:
    match value:
        case {"message": str(message), "many": many, "number": number, "values": dict(values)}:
            note = Note(message=message, many=many, number=number)
            return note.filled(**{name: _from_json(each) for name, each in values.items()})
        case {"seconds": int(seconds)}:
            return timedelta(seconds=seconds)
        case {"day": str(day)}:
            return date.fromisoformat(day)
        case list():
            return tuple(_from_json(each) for each in value)
        case str() | int():
            return value
    raise ValueError(f"expected a value of a note, found {str(value)[:100]!r}")
