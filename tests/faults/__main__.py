"""Run the fault matrix and keep its table: ``python -m tests.faults``."""

from __future__ import annotations

import os
import sys

import pytest

from demo.setting import ROOT
from tests.faults.conftest import REPORT

if __name__ == "__main__":
    os.environ.setdefault(REPORT, str(ROOT / "build" / "bench"))
    sys.exit(pytest.main(["-q", str(ROOT / "tests" / "faults"), *sys.argv[1:]]))
