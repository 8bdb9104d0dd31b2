"""What WeasyPrint logs while it draws: a warning is a rule it passed over, an error is a thing not drawn."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def renderer_log() -> Iterator[list[logging.LogRecord]]:
    """Collect it, instead of mixing it with the task's log unseen."""
    told: list[logging.LogRecord] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(record)

    logger, collector = logging.getLogger("weasyprint"), Collector(logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(collector)
    try:
        yield told
    finally:
        logger.removeHandler(collector)
        logger.propagate = propagated
