"""Sentences as account engineers write them: which numbers are told as unknown, and which are left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from msp_reports.domain.language import speaking
from msp_reports.domain.prose import unknown_numbers
from msp_reports.domain.report import Comment
from msp_reports.languages import language
from tests.golden.stories import STORIES
from tests.unit.domain.test_prose import told

LEFT = {
    "en": """
        This week 1,204 tickets were opened.
        Last week 2 devices failed.
        In week 47 we replaced the switch.
        Week 46 was quiet.
        That was in the week 47 of the year.
        Two of the 1,204 tickets.
        SRV 12 was patched.
        We moved the share to SRV 12.
        Windows 11 has been rolled out.
        Windows 11 devices got the patch.
        Office 365 and M365 are not affected.
        Port 443 was blocked.
        The firewall blocks port 8443 now.
        TCP 443 was blocked.
        Ticket 4711 is closed.
        Ticket 00017 is closed.
        See ticket 4711 for details.
        CVE-2026-1234 is patched.
        The CVSS score of it is 9.8.
        The CVSS was 9.8.
        We patched 10.0.0.0/24 and fe80::1.
        See RFC 1918 and ISO/IEC 27001:2022.
        Call us at 030 1234567 or +49 30 1234567.
        Call 0800-123-4567.
        Room 412 in building 7 lost power.
        Level 3 support took over.
        VLAN 120 was misconfigured.
        RAID 5 array, disk 3 of bay 12.
        Version 7.2 was installed, build 19045 follows.
        HTTP 503 came from the proxy.
        Event 4625 fills the log.
        We plan the work for 28-30 November.
        Between 16–22 November nothing else happened.
        On 17 and 18 November we worked on it.
        We meet on Thursday at 14:00.
        We will be back at 18:30.
        The maintenance window is at 22:15.
        It lasts until 18:42.
        We will be done within 14 days.
        The outage was 200 minutes long.
        It was down from 10:05 to 13:25.
        The 3-2-1 backup rule and 2FA hold.
        Our desk is there 24/7.
        DC01 on 10 Gbit/s has 16 GB RAM and 8 cores.
        We ordered 25 licences for 99 €.
        In 2025 we replaced it.
        The contract ends on 31.12.2026.
        The 21st of them.
        """,
    "de": """
        Diese Woche 1.204 Tickets.
        In der Woche 2 Geräte.
        In KW 47 gab es Ärger.
        In der Woche 47 gab es Ärger.
        Kalenderwoche 46 war ruhig.
        Zwei der 1.204 Tickets.
        SRV 12 wurde gepatcht.
        Wir haben die Freigabe auf SRV 12 verschoben.
        Windows 11 ist ausgerollt.
        Auf Windows 11 Geräte umstellen.
        Office 365 ist nicht betroffen.
        Port 443 war gesperrt.
        Die Firewall sperrt jetzt Port 8443.
        Ticket 4711 ist erledigt.
        Siehe Vorgang 4711.
        Fall 7312 ist gelöst.
        CVE-2026-1234 ist behoben.
        Der CVSS-Wert CVSS 9,8 ist hoch.
        Das Netz 10.0.0.0/24 ist getrennt.
        Sie erreichen uns unter 030 1234567.
        Telefon (030) 123 45 67.
        Raum 4.12 im Gebäude 7.
        In Halle 9 fiel der Strom aus.
        Der Router hat jetzt Version 7.2.
        Die Firmware 7.4.3 läuft.
        VLAN 120 war falsch.
        Am 17./18. November haben wir gearbeitet.
        Am 17. und 18. November haben wir gearbeitet.
        Vom 16. bis 22. November war es ruhig.
        Vom 16.–22.11.2026 war es ruhig.
        Der Ausfall am 17.11. dauerte von 10:05 bis 13:25 Uhr.
        Der Ausfall am 17.11.26 war die Ursache.
        Wir tauschen es bis 18:42.
        Wird am 3. Dezember um 9:15 Uhr getauscht.
        Das Wartungsfenster ist um 22:15 Uhr.
        Binnen 14 Tagen ist es erledigt.
        Der Ausfall dauerte 200 Minuten.
        Das ist der 3. Ausfall im 2. Quartal.
        Im 4. Stock.
        Der Anteil fiel um 11 Prozentpunkte.
        Die 99,95 % sind vereinbart, 99,9 % auch.
        Wir sind 24/7 da.
        DC01 hat 16 GB RAM und 8 Kerne.
        Wir haben 25 Lizenzen für 99 € bestellt.
        Seit 2025 ist das so.
        Der Vertrag endet am 31.12.2026.
        Ein Gerät und ein System.
        """,
    "fr": """
        Cette semaine 2 appareils sont tombés.
        Cette semaine 1 204 tickets ont été ouverts.
        La semaine 47 a été calme.
        En semaine 46 tout allait bien.
        Deux des 1 204 tickets.
        SRV 12 a été mis à jour.
        Nous avons déplacé le partage vers SRV 12.
        Windows 11 est déployé.
        Office 365 n'est pas touché.
        Le port 443 était bloqué.
        Port 8443 ouvert.
        Le ticket 4711 est clos.
        Voir le dossier 4711.
        CVE-2026-1234 est corrigée.
        Un score CVSS de 9,8.
        Le réseau 10.0.0.0/24 est isolé.
        Appelez le 01 23 45 67 89.
        Salle 412 du bâtiment 7.
        La version 7.2 est installée.
        Le VLAN 120 était faux.
        Du 16 au 22 novembre tout allait bien.
        Les 17 et 18 novembre nous avons travaillé.
        Le 1er décembre nous passons chez vous.
        Le 17 novembre à 10 h 05.
        La panne du 17/11/2026 à 10h05.
        La panne a duré 200 minutes, soit 3 h 20.
        La réunion est à 14:00.
        Nous serons prêts dans 14 jours.
        Le remplacement est prévu à 18:42.
        Il sera remplacé à 9h15.
        D'ici 15 jours ce sera réglé.
        C'est la 3e panne, le 21e cas.
        La baisse est de 11 points.
        Les 99,95 % convenus.
        Nous sommes là 24/7.
        DC01 a 16 Go, 8 cœurs et 25 licences.
        Un disque neuf pour 99 €.
        Depuis 2025 c'est ainsi.
        Le contrat finit le 31/12/2026.
        Un appareil sur deux.
        Étape 3 du plan.
        """,
}
TOLD: dict[str, dict[str, list[str]]] = {
    "en": {
        "Last week 37 devices failed.": ["37"],
        "In that week 37 new alerts came.": ["37"],
        "On Monday 88 tickets were opened.": ["88"],
        "At the Weekend 88 alerts came.": ["88"],
        "In Berlin 37 devices failed.": ["37"],
        "On SRV 37 backups failed.": ["37"],
        "In each case 37 tickets.": ["37"],
        "Over 300 machines failed.": ["300"],
        "Until now 37 machines failed.": ["37"],
        "It was down until 18:42.": ["18:42"],
        "It was unreachable by 18:42.": ["18:42"],
        "It has been down until 18:42.": ["18:42"],
        "It was down within 7 hours.": ["7 hours"],
        "It was down for 31 hours by accident.": ["31 hours"],
        "The planned work took 31 hours.": ["31 hours"],
        "37-42 tickets.": ["37", "42"],
        "37–1,204 tickets.": ["37"],
        "1,204-1,300 tickets.": ["1,300"],
        "It took 31-37 hours.": ["31", "37 hours"],
        "Between 37 and 42 tickets.": ["37", "42"],
        "Between 1 and 3 October it failed.": ["1", "3 October"],
        "5 of 37 devices.": ["37"],
        "37/42 machines.": ["37", "42"],
        "2042 tickets were opened.": ["2042"],
        "Thirty-seven devices failed.": ["Thirty-seven"],
        "Eighty-eight of them.": ["Eighty-eight"],
        "Week 12 was worse.": ["Week 12"],
        "~37 tickets (43 before).": ["37", "43"],
        "Uptime was 97.31%.": ["97.31%"],
        "1,204,000 tickets.": ["1,204,000"],
    },
    "de": {
        "Letzte Woche 37 Geräte.": ["37"],
        "In der Woche 37 Geräte.": ["37"],
        "Ende der Woche 37 neue Alarme.": ["37"],
        "Insgesamt wurden am Montag 88 Tickets eröffnet.": ["88"],
        "Es gab am Wochenende 88 Ausfälle.": ["88"],
        "Seit Dienstag 3500 Fehler.": ["3500"],
        "Es kamen im Monitoring 88 Alarme.": ["88"],
        "Es gab im Monitoring 88 neue Störungen.": ["88"],
        "In Berlin fielen im Lager 37 Drucker aus.": ["37"],
        "Im Schnitt 88 pro Tag.": ["88"],
        "In Summe 88.": ["88"],
        "Wir haben in Ruhe 37 Mitarbeiter geschult.": ["37"],
        "Es war bis 18:42 nicht erreichbar.": ["18:42"],
        "Der Server ist bis 18:42 ausgefallen.": ["18:42"],
        "Der Server fiel bis 18:42 aus.": ["18:42"],
        "Es war binnen 31 Stunden behoben.": ["31 Stunden"],
        "Die geplante Arbeit dauerte 31 Stunden.": ["31 Stunden"],
        "37-42 Tickets.": ["37", "42"],
        "37 bis 42 Tickets.": ["37", "42"],
        "Es dauerte 31–37 Stunden.": ["31", "37 Stunden"],
        "5 von 37 Geräten.": ["37"],
        "Siebenunddreißig Geräte.": ["Siebenunddreißig"],
        "Die Verfügbarkeit war 97,31 %.": ["97,31 %"],
        "Am 3. Oktober fiel es aus.": ["3. Oktober"],
        "In KW 12 fiel es aus.": ["KW 12"],
        "Es waren 2042 Tickets.": ["2042"],
        "Rund 1.205 Tickets.": ["1.205"],
        "Um 18:42 fiel es aus.": ["18:42"],
        "Es gab 37.": ["37"],
    },
    "fr": {
        "Cette semaine 37 appareils sont tombés.": ["37"],
        "La semaine dernière 37 alertes.": ["37"],
        "Lundi 88 tickets ont été ouverts.": ["88"],
        "Le Vendredi 88 alertes.": ["88"],
        "À Lyon 37 appareils sont tombés.": ["37"],
        "Il y a eu 88 pannes.": ["88"],
        "Le serveur était en panne jusqu'à 18:42.": ["18:42"],
        "Le serveur est tombé à 18h42.": ["18h42"],
        "La panne a duré 31 heures.": ["31 heures"],
        "Les travaux prévus ont duré 31 heures.": ["31 heures"],
        "Dans l'ensemble, la panne de 31 heures gêne.": ["31 heures"],
        "37-42 tickets.": ["37", "42"],
        "De 37 à 42 tickets.": ["37", "42"],
        "5 appareils sur 37.": ["37"],
        "Trente-sept appareils.": ["Trente-sept"],
        "Quatre-vingt-huit alertes.": ["Quatre-vingt-huit"],
        "Soixante-dix-sept pannes.": ["Soixante-dix-sept"],
        "Le taux était de 97,31 %.": ["97,31 %"],
        "Le 3 octobre il est tombé.": ["3 octobre"],
        "En semaine 12 il est tombé.": ["semaine 12"],
        "1 205 tickets.": ["1 205"],
        "Au total 88.": ["88"],
        "Il y avait 2042 tickets.": ["2042"],
    },
}


def sentences(of: dict[str, str]) -> list[str]:
    return [line.strip() for text in of.values() for line in text.strip().splitlines()]


@pytest.mark.parametrize("sentence", sentences(LEFT))
def test_a_name_a_plan_and_what_the_report_holds_are_left_alone(sentence: str) -> None:
    assert told(sentence) == []


@pytest.mark.parametrize(("sentence", "numbers"), [case for cases in TOLD.values() for case in cases.items()])
def test_a_number_that_the_report_does_not_hold_is_told(sentence: str, numbers: list[str]) -> None:
    assert told(sentence) == numbers


@pytest.mark.parametrize("code", ["en", "de", "fr"])
@pytest.mark.parametrize("name", STORIES)
def test_no_sentence_of_the_report_itself_is_told(name: str, code: str) -> None:
    with speaking(language(code)):
        model = STORIES[name]()
    said = [*(finding.sentence for finding in model.findings), *(item.text for item in model.recommendations)]
    said += [*model.summary, *(model.correction.changes if model.correction else ())]
    comments = tuple(Comment(section="summary", text=text, author="") for text in said)
    assert unknown_numbers(replace(model, comments=comments)) == ()
