"""Whether a sentence tells what was or what is to come, in English, German and French."""

from __future__ import annotations

import re

_TO_COME = re.compile(
    r"(?i)\b(?:plan\w*|next|scheduled|within|until|by|meet|meeting|appointment|maintenance\s+window|"
    r"nächste\w*|geplant\w*|innerhalb|binnen|bis|treffen|termin|wartungsfenster|"
    r"prochaine?s?|prévue?s?|planifiée?s?|allons|rendez-vous|réunion|d['’]ici|"
    r"dans\s+(?:les\s+)?[^\W_]+\s+(?:minutes?|heures?|jours?|semaines?))\b"
)
_SURELY_TO_COME = re.compile(
    r"(?i)\b(?:will|won['’]t|shall|tomorrow|werden|wird|morgen|demain|sera|seront)\b|['’]ll\b"
)
_PAST = re.compile(
    r"(?i)\b(?:was|were|had|has\s+been|have\s+been|took|went|came|fell|rose|failed|stopped|lasted|began|"
    r"war|waren|wurden?|hat|hatten?|haben|gab|fi[e]l(?:en)?|sank|stieg(?:en)?|dauerten?|"
    r"était|étaient|avait|avaient|(?:a|ont|est|sont)\s+(?!prévu|planifié)\w+[éiu]e?s?)\b"
    r"|\b(?:ist|sind)\s.*\b(?!geplant|vorgesehen)\w*ge\w{3,}(?:en|t)\b"
)


def is_to_come(sentence: str) -> bool:
    """By and until speak of what is to come, unless the sentence tells what was."""
    if _SURELY_TO_COME.search(sentence):
        return True
    return _TO_COME.search(sentence) is not None and _PAST.search(sentence) is None
