"""The server's schema is that of the tests: one line of revisions, each of them one file of SQL."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from alembic.script import Script, ScriptDirectory

from msp_reports.assets import sql_dir
from msp_reports.migration import ReportsDBManager

pytestmark = pytest.mark.airflow


@pytest.fixture(scope="module")
def scripts() -> ScriptDirectory:
    return ScriptDirectory(ReportsDBManager.migration_dir)


def revisions(scripts: ScriptDirectory) -> list[Script]:
    """All of them, the oldest first."""
    return list(scripts.walk_revisions())[::-1]


def test_there_is_one_head_and_one_line_down_to_the_first(scripts: ScriptDirectory) -> None:
    assert len(scripts.get_heads()) == 1, "two branches each added a revision: renumber the later one"
    line = [script.revision for script in revisions(scripts)]
    assert line == [f"{number:04}" for number in range(1, len(line) + 1)]
    assert [script.down_revision for script in revisions(scripts)] == [None, *line[:-1]]


def test_the_revisions_run_the_files_of_sql_one_to_one_and_in_their_order(
    scripts: ScriptDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests make their database of the sorted files, a server makes its own by the revisions."""
    ran: list[str] = []
    bind = SimpleNamespace(exec_driver_sql=ran.append)
    for script in revisions(scripts):
        monkeypatch.setattr(script.module, "op", SimpleNamespace(get_bind=lambda: bind))
        script.module.upgrade()
    files = sorted((sql_dir() / "schema").iterdir())
    assert ran == [file.read_text(encoding="utf-8") for file in files]
    assert [Path(script.path).stem for script in revisions(scripts)] == [file.stem for file in files]
    assert {file.suffix for file in files} == {".sql"}
