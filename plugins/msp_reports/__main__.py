"""``python -m msp_reports check [CODE]``: what an operator asks at a prompt."""

from __future__ import annotations

import argparse
import logging
import os
import sys

MISUSE = 2


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when all is well, 1 when something is not, 2 when the question itself is wrong."""
    parser = argparse.ArgumentParser(prog="python -m msp_reports", description="Weekly customer reports.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser(
        "check", help="try every connection a customer uses; sends and stores nothing"
    )
    check.add_argument("code", nargs="?", help="a customer's code; all customers without it")
    options = parser.parse_args(arguments)
    _stand_where_airflows_own_commands_do()
    from msp_reports.domain.errors import ConfigurationError
    from msp_reports.steps.check import check as try_connections

    try:
        outcome = try_connections(options.code)
    except ConfigurationError as wrong:
        print(wrong, file=sys.stderr)
        return MISUSE
    print(outcome.text)
    return 0 if outcome.is_well else 1


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
