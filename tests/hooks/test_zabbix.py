from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from msp_reports.domain.customer import SourceBinding
from msp_reports.domain.errors import (
    ChangedShapeError,
    ConfigurationError,
    CredentialsRefusedError,
    FatalSourceError,
    PermissionMissingError,
)
from msp_reports.domain.week import ReportingWeek
from msp_reports.hooks import zabbix_questions
from msp_reports.hooks.rest import HeaderAuth
from msp_reports.hooks.zabbix import ZabbixHook
from msp_reports.sources.zabbix import ZabbixScope, parse
from tests.hooks.conftest import Asked, Reply, Vendor

pytestmark = pytest.mark.airflow
SCOPE = ZabbixScope(customer="ACME")
Define = Callable[..., str]


class Zabbix:
    """Answers by method; three hosts with an item each."""

    def __init__(self, version: str = "7.0.12") -> None:
        self.results: dict[str, Any] = {
            "apiinfo.version": version,
            "host.get": [self.host(n) for n in (1, 2, 3)],
            "item.get": [
                {
                    "itemid": f"{n}0",
                    "hostid": str(n),
                    "key_": key,
                    "delay": "1m",
                    "trends": "365d",
                    "state": "0",
                }
                for n in (1, 2, 3)
                for key in ("icmpping",)
            ],
            "event.get": [],
            "maintenance.get": [],
            "trend.get": [],
            "service.get": [],
        }

    @staticmethod
    def host(number: int) -> dict[str, Any]:
        return {
            "hostid": str(number),
            "host": f"h{number}",
            "name": f"H{number}",
            "status": "0",
            "tags": [{"tag": "customer", "value": "ACME"}],
            "hostgroups": [{"groupid": "31"}],
            "inventory": [],
        }

    def __call__(self, asked: Asked) -> Reply:
        result = self.results[asked.body["method"]]
        if callable(result):
            result = result(asked.body["params"])
        error = {"error": result} if isinstance(result, dict) and "code" in result else {"result": result}
        return Reply(body={"jsonrpc": "2.0", "id": asked.body["id"], **error})


def calls(vendor: Vendor, method: str) -> list[dict[str, Any]]:
    return [a.body["params"] for a in vendor.asked if a.body["method"] == method]


def hook(vendor: Vendor, connect: Define, **parts: Any) -> ZabbixHook:
    return ZabbixHook(connect("zabbix", f"{vendor.url}/api_jsonrpc.php", login=None, **parts))


def test_a_usual_pull_takes_eight_requests_without_outages_and_slas(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    vendor.answer = Zabbix()
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert pull.requests == len(vendor.asked) == 8
    (host_call,) = calls(vendor, "host.get")
    assert host_call["tags"] == [{"tag": "customer", "value": "ACME", "operator": 1}]
    (event_call,) = calls(vendor, "event.get")
    assert (event_call["problem_time_from"], event_call["problem_time_till"]) == (
        int(week.start.timestamp()),
        int(week.end.timestamp()) - 1,
    )
    binding = SourceBinding(system="zabbix", connection="z", scope=SCOPE)
    assert len(parse(pull.payload, binding=binding, week=week).records) == 3


@pytest.mark.parametrize(
    ("version", "in_body", "groups"),
    [
        ("6.0.30", True, "selectGroups"),
        ("6.2.1", True, "selectHostGroups"),
        ("6.4.0", False, "selectHostGroups"),
        ("6.0.0rc1", True, "selectGroups"),
        ("6.4.0beta3", False, "selectHostGroups"),
        ("7.0.0alpha1", False, "selectHostGroups"),
        ("7.2.4", False, "selectHostGroups"),
        ("7.4.1", False, "selectHostGroups"),
        ("7.10.0", False, "selectHostGroups"),
    ],
)
def test_the_version_decides_how_to_ask(
    vendor: Vendor, connect: Define, week: ReportingWeek, version: str, in_body: bool, groups: str
) -> None:
    vendor.answer = Zabbix(version)
    hook(vendor, connect).fetch(SCOPE, week)
    first, *others = vendor.asked
    assert "auth" not in first.body
    assert "authorization" not in first.headers
    for asked in others:
        assert asked.body.get("auth") == ("s3cret-value" if in_body else None)
        assert asked.headers.get("authorization") == (None if in_body else "Bearer s3cret-value")
    assert groups in calls(vendor, "host.get")[0]
    assert groups in calls(vendor, "maintenance.get")[0]


GONE_SINCE_7_2 = {
    "auth",
    "selectGroups",
    "select_acknowledges",
    "select_alerts",
    "monitored_hosts",
    "real_hosts",
}


@pytest.mark.parametrize("version", ["7.2.0", "7.4.1", "8.0.0"])
def test_nothing_that_newer_versions_refuse_is_asked(
    vendor: Vendor, connect: Define, week: ReportingWeek, version: str
) -> None:
    """They refuse a parameter that they do not know (zabbix.com/documentation/7.2, manual/api/changes)."""
    vendor.answer = Zabbix(version)
    hook(vendor, connect).fetch(SCOPE, week)
    assert len(vendor.asked) == 8
    for asked in vendor.asked:
        assert not GONE_SINCE_7_2 & {*asked.body, *asked.body["params"]}


@pytest.mark.parametrize(("version", "key"), [("6.0.30", "groups"), ("6.4.0", "hostgroups")])
def test_a_maintenance_of_a_group_is_found_under_the_key_of_the_version(
    vendor: Vendor, connect: Define, week: ReportingWeek, version: str, key: str
) -> None:
    """The key of the answer is renamed with the option (ZBX-22637)."""
    zabbix = Zabbix(version)
    for host in zabbix.results["host.get"]:
        host[key] = host.pop("hostgroups")
    start = int(week.start.timestamp())
    period = {"timeperiod_type": "0", "start_date": str(start), "period": "3600"}
    times = {"active_since": str(start), "active_till": str(start + 7200), "timeperiods": [period]}
    zabbix.results["maintenance.get"] = [
        {
            "maintenanceid": "7",
            "maintenance_type": "0",
            **times,
            "tags": [],
            "hosts": [],
            key: [{"groupid": "31"}],
        }
    ]
    vendor.answer = zabbix
    payload = hook(vendor, connect).fetch(SCOPE, week).payload
    facts = parse(payload, binding=SourceBinding(system="zabbix", connection="z", scope=SCOPE), week=week)
    assert {record.planned_seconds for record in facts.records} == {3600}  # type: ignore[union-attr]


def test_the_header_is_written_as_versions_before_7_2_5_want_it() -> None:
    """They compare its name letter by letter."""
    request = requests.Request("POST", "http://zabbix.example", auth=HeaderAuth("Bearer x")).prepare()
    assert [name for name in request.headers if name.lower() == "authorization"] == ["Authorization"]


@pytest.mark.parametrize(
    ("version", "error"),
    [("5.4.1", ConfigurationError), ("devel", ChangedShapeError), (None, ChangedShapeError)],
)
def test_a_version_that_cannot_be_used_is_refused(
    vendor: Vendor, connect: Define, week: ReportingWeek, version: Any, error: type[Exception]
) -> None:
    vendor.answer = Zabbix(version)
    with pytest.raises(error):
        hook(vendor, connect).fetch(SCOPE, week)


def test_trends_come_in_three_chunks_and_none_is_lost(
    vendor: Vendor, connect: Define, week: ReportingWeek, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zabbix_questions, "ITEMS_PER_CALL", 1)
    zabbix = Zabbix()
    zabbix.results["trend.get"] = lambda params: [
        {"itemid": i, "clock": str(params["time_from"]), "num": "60"} for i in params["itemids"]
    ]
    vendor.answer = zabbix
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert [row["itemid"] for row in pull.payload["trends"]] == ["10", "20", "30"]
    assert [params["itemids"] for params in calls(vendor, "trend.get")] == [["10"], ["20"], ["30"]]


def test_all_recoveries_are_asked_for_at_once(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    zabbix = Zabbix()

    def events(params: dict[str, Any]) -> list[dict[str, Any]]:
        if "eventids" in params:
            return [{"eventid": i, "clock": "1"} for i in params["eventids"]]
        base = {"clock": "1", "name": "down", "suppressed": "0", "hosts": [{"hostid": "1"}]}
        return [{**base, "eventid": str(n), "r_eventid": r} for n, r in enumerate(["70", "9", "0", "70"], 1)]

    zabbix.results["event.get"] = events
    vendor.answer = zabbix
    pull = hook(vendor, connect).fetch(SCOPE, week)
    assert calls(vendor, "event.get")[1:] == [{"output": ["eventid", "clock"], "eventids": ["9", "70"]}]
    assert [row["eventid"] for row in pull.payload["recoveries"]] == ["9", "70"]


def test_other_customers_hosts_in_a_shared_maintenance_are_not_kept(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    zabbix = Zabbix()
    shared = {
        "maintenanceid": "7",
        "maintenance_type": "0",
        "active_since": "1",
        "active_till": "2",
        "name": "Patch ACME and BETA",
        "timeperiods": [],
        "tags": [],
        "hosts": [{"hostid": "2"}, {"hostid": "999"}],
        "hostgroups": [{"groupid": "31"}, {"groupid": "888"}],
    }
    zabbix.results["maintenance.get"] = [shared]
    vendor.answer = zabbix
    (kept,) = hook(vendor, connect).fetch(SCOPE, week).payload["maintenances"]
    assert (kept["hostids"], kept["groupids"]) == (["2"], ["31"])
    assert "BETA" not in str(kept)


def test_service_levels_are_read_per_sla(vendor: Vendor, connect: Define, week: ReportingWeek) -> None:
    zabbix = Zabbix()
    zabbix.results |= {
        "service.get": [{"serviceid": "50", "name": "S", "tags": [{"tag": "customer", "value": "ACME"}]}],
        "sla.get": [{"slaid": "5", "name": "Gold", "slo": "99.9"}],
        "sla.getsli": {"periods": [], "serviceids": [], "sli": []},
    }
    vendor.answer = zabbix
    pull = hook(vendor, connect).fetch(SCOPE, week)
    (asked,) = calls(vendor, "sla.getsli")
    assert (asked["period_to"] - asked["period_from"], asked["serviceids"]) == (week.seconds - 1, ["50"])
    assert pull.requests == 10


NO_RIGHT = {"code": -32500, "message": "Application error.", "data": 'No permissions to call "service.get".'}


def test_service_levels_that_may_not_be_read_leave_the_rest(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    zabbix = Zabbix()
    zabbix.results["service.get"] = NO_RIGHT
    vendor.answer = zabbix
    assert "not permitted" in hook(vendor, connect).fetch(SCOPE, week).payload["sla_refused"]


@pytest.mark.parametrize(
    ("method", "result", "error"),
    [
        (
            "host.get",
            {"code": -32602, "message": "Invalid params.", "data": "Not authorised."},
            CredentialsRefusedError,
        ),
        ("host.get", {"code": -32500, "message": "", "data": "Not authorized."}, CredentialsRefusedError),
        (
            "host.get",
            {"code": -32602, "data": "Session terminated, re-login, please."},
            CredentialsRefusedError,
        ),
        ("host.get", {"code": -32602, "data": "API token expired."}, CredentialsRefusedError),
        ("host.get", NO_RIGHT, PermissionMissingError),
        ("host.get", {"code": -32600, "data": 'unexpected parameter "auth" s3cret-value'}, FatalSourceError),
        ("host.get", [], FatalSourceError),
        ("host.get", {"1": {}}, ChangedShapeError),
        ("host.get", [{"host": "without-id"}], ChangedShapeError),
        ("item.get", "rows", ChangedShapeError),
        ("trend.get", [None], ChangedShapeError),
        ("maintenance.get", [{}], ChangedShapeError),
    ],
)
def test_an_error_with_status_200_has_a_name(
    vendor: Vendor, connect: Define, week: ReportingWeek, method: str, result: Any, error: type[Exception]
) -> None:
    zabbix = Zabbix()
    zabbix.results[method] = result
    vendor.answer = zabbix
    with pytest.raises(error) as caught:
        hook(vendor, connect).fetch(SCOPE, week)
    assert type(caught.value) is error
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("body", [None, [], {"jsonrpc": "2.0"}, {"result": "7.0.0", "id": 99}])
def test_what_is_not_json_rpc_changes_the_shape(
    vendor: Vendor, connect: Define, week: ReportingWeek, body: Any
) -> None:
    vendor.answer = lambda _: Reply(body=body)
    with pytest.raises(ChangedShapeError):
        hook(vendor, connect).fetch(SCOPE, week)


def test_the_connection_test_says_what_it_found(vendor: Vendor, connect: Define) -> None:
    zabbix = Zabbix()
    zabbix.results["host.get"] = "42"
    vendor.answer = zabbix
    assert hook(vendor, connect).test_connection() == (True, "Zabbix 7.0: 42 hosts readable")
    zabbix.results["host.get"] = {"code": -32602, "data": "Not authorised."}
    passed, said = hook(vendor, connect).test_connection()
    assert (passed, "valid API token" in said) == (False, True)


def test_nothing_is_read_before_the_first_call() -> None:
    assert ZabbixHook("not_defined").conn_id == "not_defined"
    assert ZabbixHook("not_defined").test_connection()[0] is False


def test_the_form_is_named_after_zabbix_words() -> None:
    assert ZabbixHook.get_ui_field_behaviour()["relabeling"]["password"] == "API token"


@pytest.mark.parametrize(("name", "zone"), [(None, None), ("Europe/Vienna", "Europe/Vienna")])
def test_the_server_s_zone_is_the_connection_s(
    vendor: Vendor, connect: Define, week: ReportingWeek, name: str | None, zone: str | None
) -> None:
    vendor.answer = Zabbix()
    pull = hook(vendor, connect, extra={"timezone": name}).fetch(SCOPE, week)
    assert pull.payload["zone"] == zone


def test_a_zone_that_does_not_exist_is_a_configuration_error(
    vendor: Vendor, connect: Define, week: ReportingWeek
) -> None:
    with pytest.raises(ConfigurationError, match="timezone"):
        hook(vendor, connect, extra={"timezone": "Mars/Base"}).fetch(SCOPE, week)


def test_a_server_may_have_an_authority_of_its_own(
    vendor: Vendor, connect: Define, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = []
    ask = requests.Session.request

    def noted(session: requests.Session, *how: Any, **options: Any) -> requests.Response:
        trusted.append(options["verify"])
        return ask(session, *how, **options)

    monkeypatch.setattr(requests.Session, "request", noted)
    vendor.answer = Zabbix()
    hook(vendor, connect, extra={"ca_bundle": "/etc/ssl/own.pem"}).standing(SCOPE)
    assert set(trusted) == {"/etc/ssl/own.pem"}
