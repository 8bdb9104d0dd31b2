"""A report in Teams: posted once, its card edited into the post that stands or pinned in the chat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from msp_reports.delivery.contract import CardPackage, PinPackage, Receipt
from msp_reports.domain.errors import DeliveryError, DeliveryOutcomeUnknownError
from msp_reports.rendering.pdf import render_pdf
from msp_reports.steps import posts
from msp_reports.steps.deliver import teams
from msp_reports.steps.deliveries import decide, list_deliveries
from msp_reports.steps.model_json import dump_model
from msp_reports.steps.run import ReportRef
from msp_reports.store.database import transaction
from msp_reports.store.ledger import Decision
from msp_reports.store.reports import Approval, ReportRepository
from msp_reports.store.standing_posts import StandingPost, StandingPostRepository
from tests.unit.rendering import models

pytestmark = [pytest.mark.airflow, pytest.mark.db, pytest.mark.usefixtures("database")]

MODEL = models.bad()
DRAWN = render_pdf(MODEL)
CHANNEL, CHAT = "19:acme@thread.tacv2", "19:acme@thread.v2"
TEAMS = f'teams: {{connection: teams_bot, tenant_id: t-2, channel_id: "{CHANNEL}", standing_post: true}}'
IN_CHAT = f'teams_chat: {{connection: teams_bot, tenant_id: t-2, chat_id: "{CHAT}", graph: graph}}'


@dataclass
class Teams:
    """All of Teams: what was posted, edited and pinned, in order."""

    done: list[str] = field(default_factory=list)
    refuses: str | None = None
    loses: str | None = None
    """What answers nothing to a post."""
    gone: bool = False
    """Somebody deleted the standing post."""

    def __call__(self, path: str) -> Callable[..., Any]:
        return lambda conn_id, graph=None: _Channel(self, path.rpartition(":")[2])


@dataclass
class _Channel:
    teams: Teams
    kind: str

    def prepare(self, package: Any, known: Mapping[str, str], record: Any) -> Mapping[str, str]:
        if self.kind == "StandingPost" and package.standing and not self.teams.gone:
            self.teams.done.append(f"edit {package.standing['activity_id']}")
            return dict(package.standing)
        return {}

    def send(self, package: CardPackage | PinPackage, known: Mapping[str, str], record: Any) -> Receipt:
        if self.teams.loses == self.kind:
            raise DeliveryOutcomeUnknownError("504")
        if self.teams.refuses == self.kind:
            raise DeliveryError("403")
        if known:
            return Receipt(remote_ids=known)
        if isinstance(package, PinPackage):
            self.teams.done.append(f"pin {package.message_id} for {package.replaces}")
            return Receipt(remote_ids={"pin_id": "p"})
        ident = f"{self.kind}-{len(self.teams.done)}"
        self.teams.done.append(f"post {ident}")
        return Receipt(remote_ids={"conversation_id": package.thread_id, "activity_id": ident})

    def look_up(self, package: Any, known: Mapping[str, str]) -> Receipt | None:
        return None


@pytest.fixture
def teams_of(monkeypatch: pytest.MonkeyPatch) -> Teams:
    stand_in = Teams()
    monkeypatch.setattr(posts, "load", stand_in)
    return stand_in


@pytest.fixture
def in_channel(config: Path, teams_of: Teams) -> Teams:
    _routes(config, TEAMS)
    return teams_of


@pytest.fixture
def in_chat(config: Path, teams_of: Teams) -> Teams:
    _routes(config, IN_CHAT)
    return teams_of


def _routes(config: Path, block: str) -> None:
    path = config / "customers" / "acme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text.partition('delivery:')[0]}delivery:\n  {block}\n", encoding="utf-8")


def deliver_week(week: str) -> dict[str, str]:
    approval = Approval(
        sha256=DRAWN.sha256,
        draft_sha256=DRAWN.sha256,
        approved_by="Jana",
        approved_at=datetime(2026, 11, 23, tzinfo=UTC),
        how="answered",
        edits="",
    )
    with transaction() as connection:
        reports = ReportRepository(connection)
        draft: Any = {"model": dump_model(MODEL), "markdown": DRAWN.markdown, "pdf": DRAWN.pdf}
        key = reports.save_draft(customer="acme", week=week, run_id="r", **draft)
        reports.seal(key, approval=approval, **draft)
    return teams(report=ReportRef(code="acme", week=week, revision=key.revision))


def standing(place: str) -> StandingPost:
    with transaction() as connection:
        found = StandingPostRepository(connection).load("acme", place)
    assert found is not None
    return found


def test_the_first_report_makes_the_post_that_stands_and_asks_for_its_pin(in_channel: Teams) -> None:
    outcome = deliver_week("2026-W47")
    assert in_channel.done == ["post TeamsChannel-0", "post StandingPost-1"]
    assert "msp_reports pinned acme" in outcome["wanted"]


@pytest.mark.parametrize(
    ("place", "channel", "wanted"),
    [
        ("in_chat", "teams_chat", "pin it in the chat by hand"),
        ("in_channel", "teams_standing", "makes another"),
    ],
)
def test_what_only_a_person_saw_arrive_is_left_to_a_person(
    request: pytest.FixtureRequest, place: str, channel: str, wanted: str
) -> None:
    world: Teams = request.getfixturevalue(place)
    world.loses = "TeamsChat" if place == "in_chat" else "StandingPost"
    with pytest.raises(DeliveryOutcomeUnknownError):
        deliver_week("2026-W47")
    world.loses = None
    (line,) = [line for line in list_deliveries().lines if line.channel == channel]
    decide(line.key, Decision.ARRIVED, by="Jana")
    outcome = teams(report=ReportRef(code="acme", week="2026-W47", revision=1))
    assert wanted in outcome["wanted"]
    assert [done for done in world.done if done.startswith("pin")] == []


def test_a_customer_who_moved_to_another_chat_gets_that_chats_message_pinned(
    in_chat: Teams, config: Path
) -> None:
    deliver_week("2026-W47")
    _routes(config, IN_CHAT.replace(CHAT, "19:other@thread.v2"))
    teams(report=ReportRef(code="acme", week="2026-W47", revision=1))
    assert in_chat.done[-2:] == ["post TeamsChat-2", "pin TeamsChat-2 for None"]


def test_the_next_week_is_posted_and_edited_into_the_post_that_stands(in_channel: Teams) -> None:
    deliver_week("2026-W46")
    deliver_week("2026-W47")
    assert in_channel.done[2:] == ["post TeamsChannel-2", "edit StandingPost-1"]
    assert standing(CHANNEL).week == "2026-W47"


def test_once_somebody_has_pinned_it_nothing_is_asked_any_more(in_channel: Teams) -> None:
    deliver_week("2026-W46")
    with transaction() as connection:
        StandingPostRepository(connection).confirm("acme", CHANNEL, "jana")
    assert "wanted" not in deliver_week("2026-W47")


def test_a_post_that_was_deleted_is_made_and_to_be_pinned_anew(in_channel: Teams) -> None:
    deliver_week("2026-W46")
    with transaction() as connection:
        StandingPostRepository(connection).confirm("acme", CHANNEL, "jana")
    in_channel.gone = True
    assert "wanted" in deliver_week("2026-W47")
    assert in_channel.done[-1] == "post StandingPost-3"
    assert standing(CHANNEL).confirmed_by is None


def test_an_earlier_week_is_posted_and_the_standing_post_left_alone(in_channel: Teams) -> None:
    deliver_week("2026-W47")
    deliver_week("2026-W46")
    assert in_channel.done[2:] == ["post TeamsChannel-2"]
    assert standing(CHANNEL).week == "2026-W47"


def test_delivered_again_nothing_happens_again(in_channel: Teams) -> None:
    deliver_week("2026-W47")
    done = list(in_channel.done)
    teams(report=ReportRef(code="acme", week="2026-W47", revision=1))
    assert in_channel.done == done


def test_a_correction_is_posted_and_takes_the_standing_post(in_channel: Teams) -> None:
    deliver_week("2026-W47")
    deliver_week("2026-W47")
    assert in_channel.done[2:] == ["post TeamsChannel-2", "edit StandingPost-1"]
    assert standing(CHANNEL).revision == 2


def test_the_chats_message_is_pinned_in_place_of_last_weeks(in_chat: Teams) -> None:
    deliver_week("2026-W46")
    deliver_week("2026-W47")
    assert in_chat.done == [
        "post TeamsChat-0",
        "pin TeamsChat-0 for None",
        "post TeamsChat-2",
        "pin TeamsChat-2 for TeamsChat-0",
    ]


def test_an_earlier_weeks_message_is_not_pinned(in_chat: Teams) -> None:
    deliver_week("2026-W47")
    deliver_week("2026-W46")
    assert in_chat.done[2:] == ["post TeamsChat-2"]


def test_a_pin_that_is_refused_leaves_the_message_and_fails_the_task(in_chat: Teams) -> None:
    in_chat.refuses = "ChatPin"
    with pytest.raises(DeliveryError):
        deliver_week("2026-W47")
    in_chat.refuses = None
    teams(report=ReportRef(code="acme", week="2026-W47", revision=1))
    assert in_chat.done == ["post TeamsChat-0", "pin TeamsChat-0 for None"]
