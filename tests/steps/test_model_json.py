from __future__ import annotations

import json

import pytest

from msp_reports.steps.model_json import dump_model, load_model
from tests.golden.stories import persisting_finding

pytestmark = pytest.mark.airflow


def test_a_model_reads_back_as_it_was() -> None:
    model = persisting_finding()
    assert load_model(json.loads(dump_model(model))) == model


def test_a_model_stored_before_findings_said_since_when_still_loads() -> None:
    stored = json.loads(dump_model(persisting_finding()))
    assert [finding.pop("since") for finding in stored["findings"]] == ["2026-W44"] * 6
    assert {finding.since for finding in load_model(stored).findings} == {None}
