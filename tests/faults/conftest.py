"""The estate, the lanes, and the table of results at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from demo.setting import ROOT
from tests.demo.conftest import estate_of
from tests.faults.cases import Outcome, Protocol, learn
from tests.faults.channels import BY_NAME
from tests.faults.faults import REPORT
from tests.faults.lanes import Lane, lanes_of
from tests.faults.report import kept, summary

LANES = 6
"""More than a machine has cores: many a case waits for an answer that does not come."""
_OUTCOMES: list[Outcome] = []


@pytest.fixture(scope="session")
def lanes(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Lane]]:
    with pytest.MonkeyPatch.context() as patch:
        # The server that workers are forked from knows no pytest, which finds modules by its own settings.
        patch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT / "plugins"), str(ROOT)]))
        with estate_of(tmp_path_factory.mktemp("faults")) as setting:
            with lanes_of(LANES, setting=setting, server=postgres) as made:
                yield made


@pytest.fixture(scope="session")
def protocol_of(lanes: list[Lane]) -> Callable[[str], Protocol]:
    """Learn the calls of a way, once; the run before has made the folders that stand for years."""

    @cache
    def learned(name: str) -> Protocol:
        learn(lanes[0], BY_NAME[name])
        return learn(lanes[0], BY_NAME[name])

    return learned


@pytest.fixture(scope="session")
def outcomes() -> list[Outcome]:
    """Of every case so far."""
    return _OUTCOMES


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    if not _OUTCOMES:
        return
    terminalreporter.section("fault matrix")
    for line in summary(_OUTCOMES):
        terminalreporter.write_line(line)
    for outcome in _OUTCOMES:
        if outcome.wrong:
            terminalreporter.write_line(str(outcome.told))
    if REPORT in os.environ:
        terminalreporter.write_line(f"\n{kept(_OUTCOMES, Path(os.environ[REPORT]))}")
