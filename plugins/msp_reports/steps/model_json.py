"""The report model as JSON and back, exact to the last digit and the last type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from msp_reports.domain.report import ReportModel


@cache
def _adapter() -> TypeAdapter[ReportModel]:
    return TypeAdapter(ReportModel)


def dump_model(model: ReportModel) -> str:
    return _adapter().dump_json(model).decode()


def load_model(stored: Mapping[str, Any]) -> ReportModel:
    return _adapter().validate_json(json.dumps(stored))
