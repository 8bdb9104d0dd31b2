"""Zabbix: one customer's devices, outages, maintenance and hours with data of one week."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import ClassVar

from msp_reports.domain.snapshot import Pull
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks import zabbix_questions
from msp_reports.hooks.rest import RestClient
from msp_reports.hooks.vendor import VendorHook
from msp_reports.hooks.zabbix_questions import ZabbixCustomer
from msp_reports.hooks.zabbix_rpc import ZabbixRpc

LABEL = "Zabbix"


class ZabbixHook(VendorHook):
    """Reads with the API token of the connection; host is the full address of ``api_jsonrpc.php``.

    Of its extra, ``timezone`` is the server's (maintenance is planned by its clock; default: the
    customer's) and ``ca_bundle`` a file of authorities that the server's certificate is from.

    A pull needs version, host, item, event, recovery, two maintenance, trend, service and sla calls,
    plus one ``sla.getsli`` per SLA: 11 requests for a customer of up to 200 devices with one SLA.
    Above that trends take one more per 200 devices, events one more per 500.
    """

    conn_type = "zabbix"
    hook_name = "Zabbix"
    default_conn_name = "zabbix_default"
    needs_login = False
    field_labels: ClassVar = {"host": "URL of api_jsonrpc.php", "password": "API token"}
    field_examples: ClassVar = {"host": "https://zabbix.example.net/api_jsonrpc.php"}

    def greet(self) -> str:
        with self._conversation() as (_, rpc):
            count = rpc.call("host.get", {"countOutput": True})
            return f"Zabbix {rpc.version[0]}.{rpc.version[1]}: {count} hosts readable"

    def fetch(self, scope: ZabbixCustomer, week: ReportingWeek) -> Pull:
        with self._conversation() as (client, rpc):
            hosts = zabbix_questions.hosts(rpc, scope)
            ids = [str(host["hostid"]) for host in hosts]
            items = zabbix_questions.items(rpc, ids)
            problems = zabbix_questions.problems(rpc, ids, week)
            payload = {
                "zone": rpc.server_zone,
                "asked": {"hosts": ids, "items": [str(item["itemid"]) for item in items]},
                "hosts": hosts,
                "items": items,
                "problems": problems,
                "recoveries": zabbix_questions.recoveries(rpc, problems),
                "maintenances": zabbix_questions.maintenances(rpc, hosts),
                "trends": zabbix_questions.trends(rpc, items, week),
                **zabbix_questions.service_levels(rpc, scope, week),
            }
            return Pull(payload=payload, fetched_at=datetime.now(UTC), requests=client.requests)

    def standing(self, scope: ZabbixCustomer) -> Pull:
        """Read the customer's devices as they are now: 2 requests."""
        with self._conversation() as (client, rpc):
            hosts = zabbix_questions.hosts(rpc, scope)
            return Pull(payload={"hosts": hosts}, fetched_at=datetime.now(UTC), requests=client.requests)

    @contextmanager
    def _conversation(self) -> Generator[tuple[RestClient, ZabbixRpc], None, None]:
        endpoint = self.endpoint
        with RestClient(
            label=LABEL, secrets=[endpoint.password], ca_bundle=endpoint.extra.get("ca_bundle")
        ) as client:
            rpc = ZabbixRpc(client, endpoint)
            rpc.begin()
            yield client, rpc
