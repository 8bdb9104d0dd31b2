"""Draw the draft from the stored comparison; one that replaces what was sent says so."""

from __future__ import annotations

import logging

from msp_reports.brand_files import read_brand
from msp_reports.steps.correct import corrected
from msp_reports.steps.model_json import dump_model, load_model
from msp_reports.steps.run import CustomerWeek, ReportRef, Sending, current_run
from msp_reports.store.database import transaction
from msp_reports.store.reports import ReportRepository

log = logging.getLogger(__name__)


def render_report(*, customer: CustomerWeek) -> ReportRef:
    """Render Markdown and PDF, store them as the draft, return which revision it is."""
    from msp_reports.rendering.pdf import render_pdf

    run = current_run()
    code, week = customer["code"], customer["week"]
    with transaction() as connection:
        stored = ReportRepository(connection).load_comparison(code, week)
    model = corrected(load_model(stored))
    rendered = render_pdf(model, read_brand(code))
    for warning in rendered.warnings:
        log.warning("%s %s: %s", code, week, warning)
    with transaction() as connection:
        key = ReportRepository(connection).save_draft(
            customer=code,
            week=week,
            model=dump_model(model),
            markdown=rendered.markdown,
            pdf=rendered.pdf,
            run_id=run.run_id,
            rehearsed=run.sending is Sending.REHEARSES,
        )
    log.info("%s %s revision %d: %d bytes", code, week, key.revision, len(rendered.pdf))
    return ReportRef(code=code, week=week, revision=key.revision)
