"""Answer the twelve reviews as the account engineers would, through Airflow's own API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from demo.airflow_api import AirflowApi
from demo.setting import Setting

WORDS = (
    "We moved Thursday's maintenance to Saturday night, as you asked.\n\n"
    "- The **new firewall** is ordered\n- Next step: [plan](https://northwind-msp.example/plan)"
)
"""What the engineer writes for the one edited report."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Who was answered how, by customer code."""

    as_drafted: tuple[str, ...]
    edited: str
    rejected: str


def answer_reviews(setting: Setting, api: AirflowApi, run_id: str) -> Answers:
    """Approve as drafted all but two: one gets words of the engineer's own, one is rejected."""
    listed = api.customers(run_id)
    waiting = sorted(api.reviews(run_id), key=lambda review: listed[review["task_instance"]["map_index"]])
    codes = [listed[review["task_instance"]["map_index"]] for review in waiting]
    answers = Answers(tuple(codes[2:]), edited=codes[0], rejected=codes[1])
    for code, review in zip(codes, waiting, strict=True):
        instance = review["task_instance"]
        comments = {name: _value(param) for name, param in review["params"].items()}
        if code == answers.edited:
            comments["summary"] = WORDS
        option = "Reject" if code == answers.rejected else "Approve"
        AirflowApi(setting.airflow_url, _engineer(setting, code)).answer(instance, option, comments)
    return answers


def _value(param: Any) -> Any:
    return param.get("value") if isinstance(param, dict) else param


def _engineer(setting: Setting, code: str) -> str:
    path = setting.config / "customers" / f"{code}.yaml"
    return str(yaml.safe_load(path.read_text(encoding="utf-8"))["engineer"]["id"])
