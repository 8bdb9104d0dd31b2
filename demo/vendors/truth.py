"""The numbers that a report must show, calculated straight from what happened.

Apart from every wire format and from every parser: this is what the parsers are held against.
"""

from __future__ import annotations

from typing import Any

from demo.vendors.tenants import BY_CODE
from demo.vendors.truths.availability import availability
from demo.vendors.truths.backup import backup
from demo.vendors.truths.security import security
from demo.vendors.truths.tickets import tickets
from demo.vendors.truths.uptime import uptime
from demo.vendors.world import monday_of


def truth(code: str, label: str) -> dict[str, Any]:
    tenant, monday = BY_CODE[code], monday_of(label)
    return {
        "uptime": uptime(tenant, monday),
        "tickets": tickets(tenant, monday),
        "backup": backup(tenant, monday) if tenant.uses("datto", "veeam", "veeam_console") else None,
        "security": security(tenant, monday) if tenant.uses("defender", "sentinel") else None,
        "availability": availability(tenant, monday),
    }
