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


def choose(api: AirflowApi, run_id: str) -> Answers:
    """Approve as drafted all but two: one gets words of the engineer's own, one is rejected."""
    codes = sorted(api.customers(run_id))
    return Answers(tuple(codes[2:]), edited=codes[0], rejected=codes[1])


def answer_reviews(setting: Setting, api: AirflowApi, run_id: str, answers: Answers) -> bool:
    """Answer whatever waits, and tell whether nothing waited.

    Called until nothing waits any more: an answer that comes within the second in which its task was
    parked is lost on Airflow 3.3.2 (the scheduler takes the resumed task for a broken one, and the
    retry asks again). Faster than any person, and nothing is sent by it, but a script has to look twice.
    """
    listed, waiting = api.customers(run_id), api.reviews(run_id)
    for review in waiting:
        instance = review["task_instance"]
        code = listed[instance["map_index"]]
        comments = {name: _value(param) for name, param in review["params"].items()}
        if code == answers.edited:
            comments["summary"] = WORDS
        option = "Reject" if code == answers.rejected else "Approve"
        AirflowApi(setting.airflow_url, _engineer(setting, code)).answer(instance, option, comments)
    return not waiting


def _value(param: Any) -> Any:
    return param.get("value") if isinstance(param, dict) else param


def _engineer(setting: Setting, code: str) -> str:
    path = setting.config / "customers" / f"{code}.yaml"
    return str(yaml.safe_load(path.read_text(encoding="utf-8"))["engineer"]["id"])
