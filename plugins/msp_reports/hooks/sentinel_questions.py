"""What is asked of the table ``SecurityIncident``, which holds one row per change of an incident."""

from __future__ import annotations

from datetime import datetime

COLUMNS = (
    "TenantId",
    "IncidentName",
    "Title",
    "Severity",
    "Status",
    "CreatedTime",
    "ClosedTime",
    "LastModifiedTime",
    "ProviderName",
    "ProviderIncidentId",
    "Labels",
)
"""``TenantId`` is the id of the workspace, ``IncidentName`` the name of the incident's resource."""

LOG_BEGIN = "SecurityIncident | summarize Oldest = min(TimeGenerated)"
"""How far back the table reaches. Null: it is empty."""

_STATES = """\
let E = datetime({end});
let changes = SecurityIncident | where CreatedTime < E;
let merged = changes | where Labels has 'redirected' and ProviderName != 'Azure Sentinel' \
| distinct IncidentName;
let asof = changes | where LastModifiedTime < E | summarize arg_max(LastModifiedTime, *) by IncidentName;
let later = changes | where LastModifiedTime >= E | summarize arg_min(LastModifiedTime, *) by IncidentName \
| join kind=leftanti asof on IncidentName;
union asof, later | join kind=leftanti merged on IncidentName | project {columns}"""


def states_at(moment: datetime) -> str:
    """Ask how each incident stood at a moment: by its last change before it.

    Of an incident whose changes before it the table keeps no more, the first change after it is asked for.
    One that was merged into another is left out, whenever that was: Defender leaves it out as well.
    """
    return _STATES.format(end=f"{moment:%Y-%m-%dT%H:%M:%SZ}", columns=", ".join(COLUMNS))
