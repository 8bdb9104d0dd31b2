"""``python -m msp_reports check|deliveries|test-send``: what an operator asks at a prompt."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from typing import Protocol

MISUSE = 2


class Answer(Protocol):
    """What a command has to say."""

    @property
    def text(self) -> str: ...

    @property
    def is_well(self) -> bool: ...


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when all is well, 1 when something is not, 2 when the question itself is wrong."""
    options = _parser().parse_args(arguments)
    _stand_where_airflows_own_commands_do()
    from msp_reports.domain.errors import ConfigurationError, DecisionRefusedError, ReportError

    try:
        answer: Answer = options.ask(options)
    except (ConfigurationError, DecisionRefusedError) as wrong:
        print(wrong, file=sys.stderr)
        return MISUSE
    except ReportError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(answer.text)
    return 0 if answer.is_well else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m msp_reports", description="Weekly customer reports.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="try every connection a customer uses; sends and stores nothing"
    )
    check.add_argument("code", nargs="?", help="a customer's code; all customers without it")
    check.set_defaults(ask=_check)
    deliveries = commands.add_parser(
        "deliveries", help="what did not arrive, or may not have; say what became of it"
    )
    deliveries.add_argument("key", nargs="?", help="of one delivery, as the list has it")
    deliveries.add_argument("decision", nargs="?", choices=("arrived", "again"), help="what became of it")
    deliveries.add_argument("--by", metavar="NAME", help="who says so; your login without it")
    deliveries.add_argument("--week", help="of this week alone, such as 2026-W47")
    deliveries.add_argument("--all", action="store_true", help="those that were sent, too")
    deliveries.set_defaults(ask=_deliveries)
    test = commands.add_parser(
        "test-send", help="mail an approved report to one address, marked as a test; no delivery"
    )
    test.add_argument("code", help="the customer's")
    test.add_argument("week", help="such as 2026-W47")
    test.add_argument("--to", metavar="ADDRESS", required=True, help="the only one that gets it")
    test.add_argument("--revision", type=int, help="the latest without it")
    test.set_defaults(ask=_test_send)
    pinned = commands.add_parser(
        "pinned", help="say that a customer's standing post in Teams is pinned: no program can see it"
    )
    pinned.add_argument("code", help="the customer's")
    pinned.add_argument("--by", metavar="NAME", help="who says so; your login without it")
    pinned.set_defaults(ask=_pinned)
    return parser


def _check(options: argparse.Namespace) -> Answer:
    from msp_reports.steps.check import check

    return check(options.code)


def _deliveries(options: argparse.Namespace) -> Answer:
    from getpass import getuser

    from msp_reports.steps.deliveries import decide, list_deliveries
    from msp_reports.store.ledger import Decision

    if options.decision:
        return decide(options.key, Decision(options.decision), by=options.by or getuser())
    return list_deliveries(key=options.key, week=options.week, everything=options.all)


def _pinned(options: argparse.Namespace) -> Answer:
    from getpass import getuser

    from msp_reports.steps.pinned import confirm_pin

    return confirm_pin(options.code, by=options.by or getuser())


def _test_send(options: argparse.Namespace) -> Answer:
    from msp_reports.steps.try_mail import send_test

    return send_test(options.code, options.week, to=options.to, revision=options.revision)


def _stand_where_airflows_own_commands_do() -> None:
    """Read connections as ``airflow connections`` does: environment, secrets backend, Airflow's database.

    Outside a task, Airflow 3 looks into its database only in a process that is marked so.
    """
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    # What matters is in the lines; Airflow's log, set up when it is imported, would come between.
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"
    logging.disable(logging.CRITICAL)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    # A system that hangs has a thread that never ends; nothing here is worth waiting for it.
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
