"""Customers of the matrix: each lane has its own, so that no case finds what another has left."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_CUSTOMER = """\
code: {code}
name: {code} GmbH
service_start: 2025-06-02
engineer: {{id: jana, name: Jana Richter, email: jana@northwind-msp.example}}
recipients:
  - {{role: cto, name: Uwe Berg, email: {cto}}}
  - {{role: account_owner, name: Mia Lorenz, email: {owner}}}
sources:
  zabbix: {{connection: zabbix_74, customer: {code}}}
delivery:
{delivery}"""

_PROVIDER = """\
name: Northwind
zone: Europe/Berlin
mail: {{connection: google_workspace, sender: reports@northwind-msp.example, sender_name: Northwind}}
rollup: {rollup}
"""

_GOOGLE = """\
  gmail: {{}}
  teams:
    connection: teams_bot
    tenant_id: t-1
    channel_id: "19:{code}@thread.tacv2"
    team_id: team-1
    graph: graph_files
    standing_post: true
  drive: {{connection: google_workspace, drive_id: drive-reports, folder_id: folder-{code}}}
"""
_MICROSOFT = """\
  outlook: {{connection: graph_mail, sender: reports@northwind-msp.example}}
  teams_chat: {{connection: teams_bot, tenant_id: t-1, chat_id: "19:{code}@thread.v2", graph: graph_files}}
  sharepoint: {{connection: graph_files, drive_id: "b!reports", folder: Quarterly reviews}}
"""
_BOT_ALONE = """\
  teams: {{connection: teams_bot, tenant_id: t-1, channel_id: "19:{code}@thread.tacv2"}}
"""
_INTERNAL = 'connection: teams_bot, tenant_id: t-1, channel_id: "19:internal@thread.tacv2"'

HOUSES: Mapping[str, tuple[str, str]] = {
    "google": (f"{{{_INTERNAL}, team_id: team-1, graph: graph_files}}", _GOOGLE),
    "microsoft": ("{connection: rollup_flow, webhook: true}", _MICROSOFT),
    "bot-alone": (f"{{{_INTERNAL}}}", _BOT_ALONE),
}
"""The roll-up's route and a customer's channels. A bot alone cannot read what it has posted."""


def customer_of(house: str, lane: int) -> str:
    return f"{house}-{lane}"


def recipients_of(code: str) -> tuple[str, str]:
    """In the order of the ledger."""
    return "mia@northwind-msp.example", f"uwe@{code}.example"


def write_houses(folder: Path, lanes: int) -> None:
    """Write one configuration for each house, with a customer for each lane."""
    for house, (rollup, delivery) in HOUSES.items():
        customers = folder / house / "customers"
        customers.mkdir(parents=True)
        provider = folder / house / "provider.yaml"
        provider.write_text(_PROVIDER.format(rollup=rollup), encoding="utf-8")
        for lane in range(lanes):
            code = customer_of(house, lane)
            owner, cto = recipients_of(code)
            routes = delivery.format(code=code)
            text = _CUSTOMER.format(code=code, cto=cto, owner=owner, delivery=routes)
            (customers / f"{code}.yaml").write_text(text, encoding="utf-8")
