"""The twelve customers of the demo, and what happened to each in the story week."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Story(StrEnum):
    SLA_DROP = "a site loses power: uptime falls by more than three points"
    CONFUSABLE = "its identifiers begin like another customer's"
    STALE_BACKUP = "one machine has no good backup for more than two days"
    OPEN_INCIDENT = "a high-severity incident is still open"
    RISING_TICKETS = "twice as many tickets as the week before"
    SITE_OUTAGE = "the web shop is down for forty-five minutes"
    SOURCE_DOWN = "its security tenant answers nothing but 503"
    FIRST_WEEK = "the service began this week"
    LARGE = "forty sites, six hundred devices"
    QUIET = "nothing happened"
    NON_LATIN = "names in Greek, Cyrillic and Japanese"
    PUNCTUATION = "an apostrophe and an ampersand in its name"


PROVIDER_TENANT = "11111111-2222-3333-4444-555555555500"
"""The provider's own Entra tenant."""

WITH_HALO = ("zabbix", "halo", "datto", "defender", "site_checks")
USUAL = ("zabbix", "connectwise", "datto", "defender", "site_checks")
_WITHOUT_CHECKS = ("zabbix", "connectwise", "datto", "defender")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """One customer as the vendors know it."""

    number: int
    code: str
    name: str
    tag: str
    """Zabbix tag value and ConnectWise company identifier."""
    story: Story
    zone: str = "Europe/Berlin"
    sites: tuple[str, ...] = ("Berlin", "Hamburg")
    devices: int = 16
    machines: int = 8
    appliances: int = 1
    tickets: int = 20
    """A usual week's."""
    zabbix: str = "74"
    service_start: str = "2025-03-03"
    engineer: str = "jana"
    cto: tuple[str, str] = ("", "")
    web: tuple[str, ...] = ("shop", "portal")
    """Public sites that are checked at set times."""
    proxied: tuple[str, ...] = ()
    """Public sites whose visitors come through a proxy, which counts them."""
    has_sla: bool = False
    systems: tuple[str, ...] = USUAL
    """What this customer is served by, as in its file."""
    mark: str = ""
    """Stands in everything the vendors say of this customer while ESTATE_CANARY is set: a test's canary."""
    words: tuple[str, ...] = field(default=("VPN drops", "Printer offline", "Mailbox full", "Laptop is slow"))

    @property
    def tenant_id(self) -> str:
        return f"11111111-2222-3333-4444-5555555555{self.number:02d}"

    @property
    def workspace_id(self) -> str:
        return f"22222222-3333-4444-5555-6666666666{self.number:02d}"

    @property
    def subscription_id(self) -> str:
        return f"33333333-4444-5555-6666-7777777777{self.number:02d}"

    @property
    def workspace(self) -> str:
        return f"law-{self.code}"

    @property
    def workspace_path(self) -> str:
        """Its id as a resource of Azure."""
        group = f"/subscriptions/{self.subscription_id}/resourceGroups/rg-soc-{self.code}"
        return f"{group}/providers/Microsoft.OperationalInsights/workspaces/{self.workspace}"

    @property
    def organization_id(self) -> int:
        return 4700 + self.number

    @property
    def organization(self) -> str:
        return self.name

    def marked(self, text: str, joint: str = " ") -> str:
        """Return a vendor's text about this customer; every new kind of text goes through here."""
        return f"{text}{joint}{self.mark}" if self.mark else text

    def with_canary(self) -> Tenant:
        """Return the same customer, whose every text says whose it is."""
        canary = replace(self, mark=f"Canary{self.number:02d}x")
        sites, words = (tuple(map(canary.marked, texts)) for texts in (self.sites, self.words))
        return replace(canary, name=canary.marked(self.name), sites=sites, words=words)

    def uses(self, *systems: str) -> bool:
        """Tell whether any of these systems serves the customer."""
        return bool(set(systems) & set(self.systems))


GREEK = ("Ο εκτυπωτής δεν αποκρίνεται", "Не работает почта", "メールが届かない", "Αργό δίκτυο")

TENANTS: tuple[Tenant, ...] = (
    Tenant(
        number=1,
        code="acme",
        name="ACME Maschinenbau GmbH",
        tag="ACME",
        story=Story.SLA_DROP,
        devices=24,
        machines=12,
        cto=("Dr. Uwe Berg", "uwe.berg@acme.example"),
        has_sla=True,
    ),
    Tenant(
        number=2,
        code="acme-labs",
        name="ACME Labs GmbH",
        tag="ACME-LABS",
        story=Story.CONFUSABLE,
        devices=9,
        machines=4,
        tickets=8,
        engineer="tom",
        cto=("Ines Falk", "ines.falk@acme-labs.example"),
    ),
    Tenant(
        number=3,
        code="bergmann",
        name="Bergmann Logistik AG",
        tag="BERGMANN",
        story=Story.STALE_BACKUP,
        sites=("Bremen", "Leipzig", "Wien"),
        devices=30,
        machines=18,
        appliances=2,
        zabbix="60",
        cto=("Karl Bergmann", "k.bergmann@bergmann.example"),
        systems=(*USUAL, "veeam"),
    ),
    Tenant(
        number=4,
        code="clearview",
        name="Clearview Clinics",
        tag="CLEARVIEW",
        story=Story.OPEN_INCIDENT,
        sites=("London", "Leeds"),
        zone="Europe/London",
        engineer="tom",
        cto=("Dr. Amara Okafor", "amara.okafor@clearview.example"),
        systems=("librenms", "connectwise", "veeam", "defender", "sentinel", "site_checks"),
    ),
    Tenant(
        number=5,
        code="delta",
        name="Delta Versicherungen",
        tag="DELTA",
        story=Story.RISING_TICKETS,
        sites=("Zürich", "Genève"),
        zone="Europe/Zurich",
        devices=20,
        engineer="aiko",
        cto=("Reto Frei", "reto.frei@delta.example"),
        proxied=("quotes",),
        systems=("zabbix", "halo", "datto", "defender", "sentinel", "site_checks", "cloudflare"),
    ),
    Tenant(
        number=6,
        code="enoteca",
        name="Enoteca Sorriso S.p.A.",
        tag="ENOTECA",
        story=Story.SITE_OUTAGE,
        sites=("Milano", "Torino"),
        zone="Europe/Rome",
        zabbix="60",
        engineer="aiko",
        cto=("Giulia Conti", "g.conti@enoteca.example"),
        proxied=("shop", "portal"),
        systems=(*USUAL, "cloudflare"),
    ),
    Tenant(
        number=7,
        code="fjord",
        name="Fjord Shipping AS",
        tag="FJORD",
        story=Story.SOURCE_DOWN,
        sites=("Oslo", "Bergen"),
        zone="Europe/Oslo",
        cto=("Liv Dahl", "liv.dahl@fjord.example"),
    ),
    Tenant(
        number=8,
        code="gruen",
        name="Grün & Söhne KG",
        tag="GRUEN",
        story=Story.FIRST_WEEK,
        devices=10,
        machines=5,
        tickets=6,
        engineer="tom",
        cto=("Petra Grün", "petra@gruen.example"),
        systems=WITH_HALO,
    ),
    Tenant(
        number=9,
        code="hansa",
        name="Hansa Retail SE",
        tag="HANSA",
        story=Story.LARGE,
        sites=tuple(f"Store {n:02d}" for n in range(1, 41)),
        devices=600,
        machines=300,
        appliances=12,
        tickets=400,
        engineer="aiko",
        cto=("Sven Krüger", "s.krueger@hansa.example"),
        web=("shop", "portal", "supplier"),
        systems=("zabbix", "connectwise", "veeam_console", "defender", "site_checks"),
    ),
    Tenant(
        number=10,
        code="kranich",
        name="Kranich Notare",
        tag="KRANICH",
        story=Story.QUIET,
        sites=("Potsdam",),
        devices=6,
        machines=0,
        tickets=4,
        zabbix="60",
        engineer="tom",
        cto=("Eva Kranich", "eva@kranich.example"),
        web=("site",),
        systems=("zabbix", "connectwise", "defender", "site_checks"),
    ),
    Tenant(
        number=11,
        code="olympia",
        name="Ολύμπια Ναυτιλιακή / Олимпия / オリンピア",
        tag="OLYMPIA",
        story=Story.NON_LATIN,
        sites=("Αθήνα", "Пирей", "横浜"),
        zone="Europe/Athens",
        engineer="aiko",
        cto=("Ελένη Παπαδοπούλου", "eleni@olympia.example"),
        proxied=("shop", "portal"),
        words=GREEK,
        systems=("librenms", "halo", "datto", "defender", "cloudflare"),
    ),
    Tenant(
        number=12,
        code="obrien",
        name="O'Brien & Sons Ltd",
        tag="OBRIEN",
        story=Story.PUNCTUATION,
        sites=("New York", "Boston"),
        zone="America/New_York",
        engineer="jana",
        cto=("Pat O'Brien", "pat@obrien.example"),
        systems=("zabbix", "connectwise", "datto", "veeam_console", "sentinel", "blackbox"),
    ),
)

if os.environ.get("ESTATE_CANARY"):
    TENANTS = tuple(tenant.with_canary() for tenant in TENANTS)

BY_CODE = {tenant.code: tenant for tenant in TENANTS}
