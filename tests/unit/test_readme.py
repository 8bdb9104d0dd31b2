"""The examples in README can be used as they stand."""

from __future__ import annotations

import re

import pytest

from demo.setting import ROOT
from msp_reports.__main__ import main
from msp_reports.customer_files import parse_customer, parse_provider
from msp_reports.domain.routes import TeamsRoute
from msp_reports.store.ledger import DeliveryState

README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = [text.replace("…", "x") for text in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]


def example(key: str) -> str:
    (found,) = [text for text in EXAMPLES if re.search(rf"^{key}:", text, re.MULTILINE)]
    return found


def test_the_examples_of_the_files_are_read() -> None:
    provider = parse_provider(example("mail"), file="provider.yaml")
    assert isinstance(provider.rollup, TeamsRoute)
    customer = parse_customer(example("code"), file="acme.yaml", provider=provider)
    assert list(customer.delivery.channels()) == ["gmail", "teams_file", "teams", "teams_standing", "drive"]


@pytest.mark.parametrize("channel", ["outlook", "teams_chat", "sharepoint"])
def test_what_stands_there_as_the_other_way_is_read_as_well(channel: str) -> None:
    provider = parse_provider(example("mail"), file="provider.yaml")
    text = example("code")
    (route,) = re.findall(rf"# or ({channel}: {{[^}}]*}})", text)
    routes = f"delivery:\n  {route.replace('sender: x', 'sender: reports@msp.example')}\n"
    customer = parse_customer(text.partition("delivery:")[0] + routes, file="acme.yaml", provider=provider)
    assert getattr(customer.delivery, channel) is not None


def test_the_examples_of_the_rollup_are_read_either_way() -> None:
    text = example("mail")
    (webhook,) = re.findall(r"# or ({connection: rollup_flow[^}]*})", text)
    provider = parse_provider(re.sub(r"rollup: .*", f"rollup: {webhook}", text), file="provider.yaml")
    assert not isinstance(provider.rollup, TeamsRoute)


@pytest.mark.parametrize("command", ["check", "deliveries", "pinned", "test-send"])
def test_every_command_is_in_readme(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    assert command in capsys.readouterr().out
    assert re.search(rf"python -m msp_reports {command}", README)


def test_each_state_of_a_delivery_says_what_is_asked_of_whom() -> None:
    first_cells = re.findall(r"^\| ((?:`\w+`,? ?)+)\|", README, re.MULTILINE)
    told = {state for cell in first_cells for state in re.findall(r"`(\w+)`", cell)}
    assert {state.value for state in DeliveryState} <= told
