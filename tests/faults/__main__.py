"""Run the fault matrix and keep its table: ``python -m tests.faults``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.faults.faults import REPORT

ROOT = Path(__file__).resolve().parent.parent.parent

if __name__ == "__main__":
    os.environ.setdefault(REPORT, str(ROOT / "build" / "bench"))
    sys.exit(pytest.main(["-q", str(ROOT / "tests" / "faults"), *sys.argv[1:]]))
