"""What drawing a report costs, and where it goes: part of ``make bench``. Needs no Airflow and no database.

Seconds of processor time, each the least of some rounds: what else runs on the machine only adds to it.
The parsed CSS is not kept between reports: with WeasyPrint it belongs to a font configuration, whose
copies of the fonts on disk would outlive a task that ends without cleaning up, and it is 4 % of the time.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.bench.large import large
from tests.unit.rendering import models

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "bench"
ROUNDS = 5
MEGABYTE = 1024
"""`ru_maxrss` is in kilobytes (getrusage(2))."""


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    measured: float
    budget: float
    unit: str


def main() -> int:
    model, pages = models.bad("DC01"), 4
    cold = min(float(_fresh(_COLD, model)) for _ in range(3))
    taken, drawn_pages = _warm(model)
    assert drawn_pages == pages
    seconds, large_pages, memory = json.loads(_fresh(_LARGE, large()))
    figures = (
        Figure("drawing a four-page report, modules loaded", taken, 0.7, "s CPU"),
        Figure("drawing a four-page report in a fresh process, imports included", cold, 1.6, "s CPU"),
        Figure("drawing the large customer's report, imports included", seconds, 6, "s CPU"),
        Figure("pages of the large customer's report", large_pages, 25, "pages"),
        Figure("peak memory of drawing it", memory / MEGABYTE, 500, "MB"),
    )
    for figure in figures:
        verdict = "kept" if figure.measured <= figure.budget else "OVER"
        print(f"{figure.name:66} {figure.measured:7.2f} of {figure.budget:g} {figure.unit:6} {verdict}")
    shares = _phases(model)
    print("\nWhere the time of a four-page report goes:")
    for name, part in shares.items():
        print(f"  {name:32} {part * 1000:6.0f} ms  {part / sum(shares.values()):5.0%}")
    BUILD.mkdir(parents=True, exist_ok=True)
    told = {"figures": [asdict(figure) for figure in figures], "seconds": shares}
    (BUILD / "drawing.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


def _warm(model: Any) -> tuple[float, int]:
    from pypdf import PdfReader

    from msp_reports.rendering.pdf import render_pdf

    drawn = render_pdf(model)
    taken = min(_timed(lambda: render_pdf(model))[0] for _ in range(ROUNDS))
    return taken, len(PdfReader(io.BytesIO(drawn.pdf)).pages)


def _phases(model: Any) -> dict[str, float]:
    rounds = [_one_round(model) for _ in range(ROUNDS)]
    return {name: min(taken[name] for taken in rounds) for name in rounds[0]}


def _one_round(model: Any) -> dict[str, float]:
    """The steps of `rendering.pdf`, one by one."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    from msp_reports.assets import font_dir
    from msp_reports.rendering.attachments import attached_files
    from msp_reports.rendering.bundled import BundledOnly
    from msp_reports.rendering.conformance import finish
    from msp_reports.rendering.coverage import Coverage
    from msp_reports.rendering.page import build_page
    from msp_reports.rendering.pdf import page_css
    from msp_reports.rendering.templates import page_templates

    taken: dict[str, float] = {}

    def step(name: str, work: Callable[[], Any]) -> Any:
        taken[name], result = _timed(work)
        return result

    template = page_templates().get_template("report.html.j2")
    html = step("blocks and HTML", lambda: template.render(page=build_page(model), logo=None))
    files = step("attachments", lambda: attached_files(model))
    fetcher = BundledOnly(font_dir())
    needed = step("which fonts it needs", lambda: Coverage(fetcher.fonts).needed(html))
    fonts = step("font configuration", FontConfiguration)
    style = step(
        "parsing CSS, loading fonts",
        lambda: weasyprint.CSS(string=page_css(needed), url_fetcher=fetcher, font_config=fonts),
    )
    page = step("parsing HTML", lambda: weasyprint.HTML(string=html, url_fetcher=fetcher))
    options: dict[str, Any] = {"stylesheets": [style], "pdf_variant": "pdf/a-3a"}
    laid_out = step("layout", lambda: page.render(font_config=fonts, **options))
    attached = [weasyprint.Attachment(file_obj=io.BytesIO(f.content), name=f.name) for f in files]
    step(
        "drawing, font subsets, writing",
        lambda: laid_out.write_pdf(finisher=finish, attachments=attached, pdf_identifier=b"x", **options),
    )
    return taken


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def _fresh(script: str, model: Any) -> str:
    """Run a script on a model in a process of its own; return what it says."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(pickle.dumps(model))
        file.flush()
        command = [sys.executable, "-W", "ignore", "-c", script, file.name]
        env = os.environ | {"PYTHONPATH": f"{ROOT / 'plugins'}:{ROOT}"}
        return subprocess.check_output(command, env=env, text=True)


_DRAW = """
import pickle, sys, time
from pathlib import Path
from msp_reports.rendering.pdf import render_pdf
model = pickle.loads(Path(sys.argv[1]).read_bytes())
drawn = render_pdf(model)
taken = time.process_time()
"""
_COLD = f"{_DRAW}\nprint(taken)"
_LARGE = f"""{_DRAW}
import io, json, resource
from pypdf import PdfReader
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([taken, len(PdfReader(io.BytesIO(drawn.pdf)).pages), memory]))
"""

if __name__ == "__main__":
    sys.exit(main())
