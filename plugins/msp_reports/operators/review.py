"""The approval gate: a task that waits for the account engineer and fails closed.

The stock `ApprovalOperator` does not hold back anything inside a mapped task group, so this one
rests on its own state alone: unless the answer is Approve the task is skipped, and the trigger
rules skip the rest of that customer. A time-out or a lost answer fails the task; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param
from airflow.sdk.definitions.param import ParamsDict
from airflow.sdk.exceptions import AirflowSkipException

if TYPE_CHECKING:
    from airflow.sdk.definitions.context import Context

APPROVE = "Approve"
REJECT = "Reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewForm:
    """What one reviewer is shown."""

    subject: str
    body: str
    """Markdown."""
    reviewer_id: str
    reviewer_name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    """Title of each commentary box by its key."""
    prefilled: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    approved: bool
    comments: Mapping[str, str]
    reviewer: str
    answered_at: datetime


class ApproveReportOperator(HITLOperator):
    """Puts one report before its account engineer.

    Args:
        customer: the mapped customer, a mapping with ``code``.
        report: reference to the draft, as the render task returned it.
        form: makes the form of a draft; None: this run is not put up for review.
        record: stores the answer before anything after this task can run.
    """

    template_fields = (*HITLOperator.template_fields, "customer", "report")

    def __init__(
        self,
        *,
        customer: Any,
        report: Any,
        form: Callable[[Any], ReviewForm | None],
        record: Callable[[Any, Answer], None],
        **kwargs: Any,
    ) -> None:
        super().__init__(subject="Weekly report", options=[APPROVE, REJECT], **kwargs)
        self.customer = customer
        self.report = report
        self._form = form
        self._record = record

    def execute(self, context: Context) -> Any:
        form = self._form(self.report)
        if form is None:
            raise AirflowSkipException("stored, and neither reviewed nor sent: this run does not deliver")
        self.subject, self.body = form.subject, form.body
        self.assigned_users = [{"id": form.reviewer_id, "name": form.reviewer_name}]
        self.params = ParamsDict({
            key: Param(form.prefilled.get(key), type=["string", "null"], format="multiline", title=title)
            for key, title in form.fields.items()
        })
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        if "error" in event:
            self.process_trigger_event_error(event)
        self.validate_chosen_options(event["chosen_options"])
        answer = Answer(
            approved=event["chosen_options"] == [APPROVE],
            comments={key: value.strip() for key, value in (event["params_input"] or {}).items() if value},
            reviewer=_name(event.get("responded_by_user")),
            answered_at=event["responded_at"],
        )
        self._record(self.report, answer)
        if not answer.approved:
            raise AirflowSkipException(f"rejected by {answer.reviewer}: nothing is sent")
        return {"approved": True, "reviewer": answer.reviewer}


def _name(user: Any) -> str:
    """The answer carries the user as a mapping or as an object, by the way it was given."""
    if isinstance(user, Mapping):
        return str(user.get("name") or user.get("id") or "unknown")
    return str(getattr(user, "name", None) or getattr(user, "id", None) or "unknown")
