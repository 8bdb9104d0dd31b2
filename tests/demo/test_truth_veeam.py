"""Both Veeam systems give the estate's truth to the last digit, or say that it is not known."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from demo.setting import Setting
from msp_reports.customer_files import read_customer
from msp_reports.domain.records import BackupMachine, BackupRun
from msp_reports.domain.week import ReportingWeek
from tests.bad_input.table import pull
from tests.demo.conftest import label, truth
from tests.demo.drawn import model_of
from tests.notes import sentences

pytestmark = pytest.mark.airflow
WEEKS_BEFORE = (0, 1, 5, 30)


def told(system: str, code: str, weeks_before: int) -> dict[str, BackupMachine]:
    records = pull(system, code, weeks_before).records
    return {record.name: record for record in records if isinstance(record, BackupMachine)}


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", ["clearview", "bergmann"])
def test_a_backup_server_tells_every_week_exactly(pointed: Setting, code: str, weeks_before: int) -> None:
    machines = told("veeam", code, weeks_before)
    true = truth(pointed, code, label(weeks_before))["backup"]["machines"]
    theirs = {name: row for name, row in true.items() if name.endswith(".local")}
    assert set(machines) == set(theirs)
    for name, happened in theirs.items():
        machine = machines[name]
        assert machine.last_good_at == datetime.fromisoformat(happened["last_good"])
        assert (machine.runs_good, machine.runs_failed) == (happened["good"], happened["failed"])
        assert not machine.verification_known


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", ["hansa", "obrien"])
def test_the_console_tells_the_last_point_while_it_proves_the_target_and_never_runs(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    machines = told("veeam_console", code, weeks_before)
    true = truth(pointed, code, label(weeks_before))["backup"]["machines"]
    theirs = {name: row for name, row in true.items() if name.endswith(".local")}
    assert set(machines) == set(theirs)
    end = ReportingWeek.parse(label(weeks_before), read_customer(code).zone).end_utc
    for name, happened in theirs.items():
        machine, last_good = machines[name], datetime.fromisoformat(happened["last_good"])
        is_proven = weeks_before <= 1 and end - last_good <= timedelta(hours=machine.rpo_hours)
        assert machine.last_good_known is is_proven
        assert machine.last_good_at == (last_good if is_proven else None)
        assert (machine.runs_known, machine.runs_good, machine.runs_failed) == (False, None, None)


@pytest.mark.parametrize("weeks_before", WEEKS_BEFORE)
@pytest.mark.parametrize("code", ["hansa", "obrien"])
def test_the_console_s_sessions_are_those_of_the_jobs_that_are_the_customer_s(
    pointed: Setting, code: str, weeks_before: int
) -> None:
    lines = " ".join(sentences(pull("veeam_console", code, weeks_before)))
    if weeks_before == 30:
        assert "do not reach back" in lines
        return
    true = truth(pointed, code, label(weeks_before))["backup"]["machines"]
    theirs = [row for name, row in true.items() if name.endswith(".local")]
    good, failed = (sum(row[kind] for row in theirs) for kind in ("good", "failed"))
    assert good
    assert (
        f"of {good + failed:,} backup job sessions in the week, {good:,} succeeded and {failed:,} failed"
        in lines
    )
    assert "not counted" not in lines
    assert "names no restore point" not in lines


@pytest.mark.parametrize("code", ["clearview", "bergmann", "hansa", "obrien"])
def test_a_machine_that_two_systems_back_up_counts_once(pointed: Setting, code: str) -> None:
    customer = read_customer(code)
    model = model_of(customer, ReportingWeek.parse(label(), customer.zone), pointed)
    true = truth(pointed, code, label())["backup"]
    assert model.backup is not None
    assert model.backup.machines.value == true["in_service"]
    assert model.backup.met.value == true["met"]


def test_the_stale_machine_of_the_story_is_not_in_veeam(pointed: Setting) -> None:
    assert not any(name.startswith("bergmann-srv01") for name in told("veeam", "bergmann", 0))


def test_the_guests_of_a_shared_server_and_console_are_left_out(pointed: Setting) -> None:
    for system, code in (("veeam", "bergmann"), ("veeam_console", "hansa"), ("veeam_console", "obrien")):
        assert all(name.startswith(f"{code}-") for name in told(system, code, 0))


def test_every_run_of_the_week_ended_in_it(pointed: Setting) -> None:
    facts = pull("veeam", "clearview", 0)
    runs = [record for record in facts.records if isinstance(record, BackupRun)]
    true = truth(pointed, "clearview", label())["backup"]["machines"].values()
    assert sum(run.good for run in runs) == sum(row["good"] for row in true)
    assert sum(not run.good for run in runs) == sum(row["failed"] for row in true)
