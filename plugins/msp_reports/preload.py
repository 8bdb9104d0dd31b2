"""What tasks load, loaded once in the process that they are forked from. Imported for that effect.

Only what knows no Airflow: this runs while Airflow itself is still being set up.
"""

from __future__ import annotations

from importlib import import_module

from msp_reports.sources.catalog import SYSTEMS, load

LIBRARIES = ("pandas", "psycopg2.extras", "requests", "tenacity", "weasyprint")
ROOMS = ("msp_reports.customer_files", "msp_reports.domain.reconcile", "msp_reports.rendering.pdf")

for _name in (*LIBRARIES, *ROOMS):
    import_module(_name)
for _spec in SYSTEMS:
    load(_spec.parse)
