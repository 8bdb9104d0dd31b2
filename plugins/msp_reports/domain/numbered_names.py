"""Which numbers in a sentence are part of a name, as in Windows 11, and which count what stands after them.

A capital tells little: every German noun has one, and so have the days of the week.
"""

from __future__ import annotations

import re

_THINGS = """
    tickets? devices? outages? incidents? machines? backups? sites? servers? runs? failures? errors? calls?
    alerts? alarms? users? people restores? requests? attempts? updates? patches switches routers? firewalls?
    geräten? ausfälle ausfällen vorfälle vorfällen fehlern? sicherungen sicherungsläufen? systemen?
    störungen meldungen läufen? anfragen alarmen? warnungen benutzern? mitarbeitern? websites? anrufen?
    appareils? pannes? coupures? sauvegardes? alertes? erreurs? demandes? serveurs? utilisateurs? postes?
    exécutions? tâches?
"""
_COUNTED = re.compile(rf"(?i)\s+(?:[^\W\d_]+\s+)?(?:{'|'.join(_THINGS.split())})\b")
_NOUN = re.compile(r"\s+[A-ZÄÖÜ][a-zäöüß]+")
_WORD_BEFORE = re.compile(r"(?P<start>^|[.!?:;(]\s*)?(?P<word>[^\W\d][\w./&-]*)\s$")
_PRODUCTS = """
    windows office exchange outlook sharepoint ubuntu debian
"""
_NUMBERED = """
    version release build firmware patch port vlan step phase level tier room floor building hall line rule
    part page section chapter ticket case incident problem change request order invoice contract event
    error code status server host node disk drive bay slot rack unit priority option no number
    teil stufe ebene schritt seite raum etage stock gebäude halle zeile regel abschnitt fall vorgang
    meldung auftrag rechnung vertrag fehlercode priorität nr nummer
    étape niveau ligne règle salle étage bâtiment partie dossier demande facture contrat priorité numéro
"""
_BEFORE_ITS_NUMBER = frozenset(_NUMBERED.split())
_ALWAYS_BEFORE_ITS_NUMBER = frozenset(_PRODUCTS.split())
"""Also where a thing stands after it: Windows 11 devices."""
_NOT_NUMBERED = re.compile(
    r"(?i)(?:mon|tues|wednes|thurs|fri|satur|sun)days?|weekends?|(?:mon|diens|donners|frei|sams|sonn)tags?|"
    r"mittwochs?|sonnabends?|wochenendes?|lundis?|mardis?|mercredis?|jeudis?|vendredis?|samedis?|dimanches?|"
    r"tag|tagen|nacht|morgen|abend|woche|wochen|vorwoche|berichtswoche|monat|jahr|zeitraum|durchschnitt|schnitt|"
    r"mittel|summe|anzahl|zahl|stand|höhe|wert|vergleich|total"
)
_ONE_OF_MANY = re.compile(
    r"(?i)\b(?:this|last|next|past|previous|per|each|every|that|dieser?|diese|letzten?|letzter|vergangenen?|"
    r"vorigen?|nächsten?|pro|je|cette|dernière|prochaine|chaque|par)\s$"
)
_WEEKS_OF_A_YEAR = 53


def counts_a_thing(after: str) -> bool:
    """What stands after a number is something that a report counts: ``88 new tickets``."""
    return _COUNTED.match(after) is not None


def is_of_a_name(before: str, after: str) -> bool:
    """Tell whether a number between these belongs to a name. In doubt it does."""
    found = _WORD_BEFORE.search(before)
    if found is None:
        return False
    word = found["word"]
    if word.casefold() in _ALWAYS_BEFORE_ITS_NUMBER:
        return True
    if counts_a_thing(after) or _NOT_NUMBERED.fullmatch(word):
        return False
    if word.casefold() in _BEFORE_ITS_NUMBER or _looks_made_up(word):
        return True
    return word[0].isupper() and found["start"] is None and not _NOUN.match(after)


def _looks_made_up(word: str) -> bool:
    """SRV, TCP, vCenter, FortiGate: capitals where no noun has them."""
    return any(letter.isupper() for letter in word[1:])


def is_calendar_week(number: int, word: str, before: str, after: str) -> bool:
    """Week 47 is one; "this week 1,204 tickets" and "in der Woche 2 Geräte" are not."""
    if not 0 < number <= _WEEKS_OF_A_YEAR or re.match(r"[.,]\d|[\s\u00a0\u202f]\d{3}\b|\s?%", after):
        return False
    if _ONE_OF_MANY.search(before) or counts_a_thing(after):
        return False
    return not (word.casefold() == "woche" and _NOUN.match(after))
