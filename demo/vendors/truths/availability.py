"""What checks of the public sites saw."""

from __future__ import annotations

from datetime import date
from typing import Any

from demo.vendors.tenants import Tenant
from demo.vendors.web import SLOT, site_week


def availability(tenant: Tenant, monday: date) -> dict[str, Any]:
    found = {}
    for site in tenant.web:
        week = site_week(tenant, site, monday)
        made = week.due - len(week.missing)
        found[site] = {"due": week.due, "made": made, "good": made - len(week.failed), "slot": SLOT}
    return {"sites": found}
