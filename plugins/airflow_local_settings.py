"""Imported by Airflow once per process: what tasks need is loaded where tasks are forked from.

A task is a fork of its worker. What the worker has loaded is there already; what it has not, every task
loads again, and pandas and WeasyPrint are two seconds of CPU for each customer. An installation that has
an ``airflow_local_settings.py`` of its own adds the same lines there.
"""

from __future__ import annotations

import sys

__all__ = ()

if {"scheduler", "celery"} & set(sys.argv):
    import msp_reports.preload  # noqa: F401 - for its effect
