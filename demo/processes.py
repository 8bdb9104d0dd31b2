"""Children that end when we end, whichever way that is."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 12.0


class StoppedError(Exception):
    """A component ended by itself; its log says why."""


class Children:
    """Processes of the demo, each with a log file of its own."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._logs.mkdir(parents=True, exist_ok=True)
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)
        for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(ending, _interrupt)

    def start(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        with (self._logs / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - no threads yet
            )

    def check(self) -> None:
        """Raise StoppedError when a component is no longer there."""
        for name, process in self._running.items():
            if process.poll() is not None:
                tail = (self._logs / f"{name}.log").read_text(errors="replace").splitlines()[-8:]
                raise StoppedError(
                    f"{name} ended with {process.returncode}; log: {self._logs / name}.log\n"
                    + "\n".join(tail)
                )

    def end(self) -> None:
        """End every component and everything it started; none is left behind."""
        family = _descendants()
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        _, stubborn = psutil.wait_procs(family, timeout=_GRACE)
        for process in stubborn:
            _quietly(process.terminate)
        _, stubborn = psutil.wait_procs([*stubborn, *_descendants()], timeout=3)
        for process in stubborn:
            _quietly(process.kill)
        psutil.wait_procs(stubborn, timeout=3)
        for process in self._running.values():
            process.wait()
        self._running.clear()


def _descendants() -> list[psutil.Process]:
    """Everything below us but the database, which its own wheel stops at exit."""
    return [child for child in psutil.Process().children(recursive=True) if "postgres" not in child.name()]


def _quietly(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    except psutil.NoSuchProcess:
        return


def _die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def port_is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


def airflow(*arguments: str) -> list[str]:
    return [os.path.join(os.path.dirname(sys.executable), "airflow"), *arguments]  # noqa: PTH118, PTH120 - a venv's python is a link that must not be resolved
