"""The file is tagged and archival at once (ISO 14289-1, ISO 19005-3), as far as its structure shows.

No validator of these standards is to be had as a package, so each requirement is looked up by itself.
"""

from __future__ import annotations

import io
from functools import cache
from itertools import pairwise

import pytest
from pypdf import PdfReader

from msp_reports.domain.report import ReportModel
from msp_reports.rendering.attachments import attached_files
from msp_reports.rendering.pdf import RenderedReport, render_pdf
from tests.unit.rendering import models
from tests.unit.rendering.structure import embedded, fonts, glyphs_drawn, marked_text, tags

NAMES = {
    "quiet": models.quiet,
    "first": models.first_week,
    "bad": models.bad,
    "foreign": lambda: models.bad("Büro Ελλάδα Москва مكتب משרד 東京 서울 กรุงเทพ मुंबई 🔥"),
    "unknown": lambda: models.bad("ປາ 𓀀 sw1"),
}
ALL = pytest.mark.parametrize("name", NAMES)


@cache
def drawn(name: str) -> RenderedReport:
    return render_pdf(model(name))


@cache
def model(name: str) -> ReportModel:
    return NAMES[name]()


@cache
def document(name: str) -> PdfReader:
    return PdfReader(io.BytesIO(drawn(name).pdf))


@ALL
def test_it_says_that_it_is_archival_and_accessible_in_one_packet(name: str) -> None:
    packet = document(name).root_object["/Metadata"].get_data().decode()
    assert packet.count("<rdf:RDF") == packet.count("</rdf:RDF>") == 1
    told = document(name).xmp_metadata
    assert told is not None
    assert told.pdf_producer == "WeasyPrint 70.0"
    assert told.dc_title == {"x-default": document(name).metadata.title}  # type: ignore[union-attr]
    for namespace, key, value in (
        ("http://www.aiim.org/pdfa/ns/id/", "part", "3"),
        ("http://www.aiim.org/pdfa/ns/id/", "conformance", "A"),
        ("http://www.aiim.org/pdfua/ns/id/", "part", "1"),
    ):
        (said,) = told.get_element("", namespace, key)
        assert (said.nodeValue or said.firstChild.nodeValue) == value
    described = told.get_element("", "http://www.aiim.org/pdfa/ns/extension/", "schemas")
    assert "http://www.aiim.org/pdfua/ns/id/" in next(described).toxml()


@ALL
def test_colours_have_an_output_intent(name: str) -> None:
    (intent,) = document(name).root_object["/OutputIntents"]
    assert intent["/S"] == "/GTS_PDFA1"
    profile = intent["/DestOutputProfile"].get_object()
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"
    assert b"sRGB" in profile.get_data()


@ALL
def test_title_language_and_marks_are_in_the_catalogue(name: str) -> None:
    root = document(name).root_object
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert all(page["/Tabs"] == "/S" for page in document(name).pages)


@ALL
def test_headings_go_down_one_step_at_a_time(name: str) -> None:
    levels = [int(tag.kind[2:]) for tag in tags(document(name)) if tag.kind in {"/H1", "/H2", "/H3", "/H4"}]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@ALL
def test_header_cells_say_what_they_head_and_cells_name_their_headers(name: str) -> None:
    found = tags(document(name))
    heads = [tag.entry for tag in found if tag.kind == "/TH"]
    assert heads
    assert {head["/A"]["/Scope"] for head in heads} <= {"/Column", "/Row"}
    index = document(name).root_object["/StructTreeRoot"]["/IDTree"]["/Names"]
    known = {str(key): entry.get_object() for key, entry in zip(index[::2], index[1::2], strict=True)}
    assert list(known) == sorted(known)
    assert {str(head["/ID"]) for head in heads} == set(known)
    for cell in (tag.entry for tag in found if tag.kind == "/TD"):
        assert {str(header) for header in cell["/A"]["/Headers"]} <= set(known)


@ALL
def test_rows_stand_in_tables_and_items_in_lists(name: str) -> None:
    above = {"/TR": {"/THead", "/TBody", "/Table"}, "/TH": {"/TR"}, "/TD": {"/TR"}, "/LI": {"/L"}}
    above |= {"/LBody": {"/LI"}, "/Lbl": {"/LI", "/LBody"}, "/THead": {"/Table"}, "/TBody": {"/Table"}}
    for tag in tags(document(name)):
        if tag.kind in above:
            assert str(tag.parent["/S"]) in above[tag.kind], tag.kind
    assert {"/Table", "/L", "/LI", "/LBody"} <= {tag.kind for tag in tags(document(name))}


@ALL
def test_figures_have_a_text_and_a_place(name: str) -> None:
    for figure in (tag.entry for tag in tags(document(name)) if tag.kind == "/Figure"):
        assert str(figure["/Alt"]).strip()
        left, bottom, right, top = figure["/A"]["/BBox"]
        _, _, width, height = figure["/Pg"]["/MediaBox"]
        assert 0 <= left < right <= width
        assert 0 <= bottom < top <= height


def test_the_first_figure_is_said_to_be_where_it_is_drawn() -> None:
    figures = [tag.entry for tag in tags(document("bad")) if tag.kind == "/Figure"]
    _, bottom, _, top = figures[0]["/A"]["/BBox"]
    assert 841.89 / 2 < bottom < top, "in the upper half of the first page"


@ALL
def test_the_tag_tree_says_all_of_the_page_in_its_order(name: str) -> None:
    said = "".join("".join(marked_text(document(name))).split())
    titles = ["Summary", "Whatchanged", "UptimeandSLA", "Tickets", "Backup", "Security", "Publicsites",
              "Recommendations", "Aboutthesenumbers"]  # fmt: skip
    places = []
    for title in titles:
        places.append(said.index(title, places[-1] if places else 0))
    assert places == sorted(places)
    for sentence in model(name).summary:
        if name not in {"foreign", "unknown"}:  # right-to-left words are drawn from their end
            assert "".join(sentence.split()) in said


@ALL
def test_every_font_is_embedded_says_its_text_and_is_ours(name: str) -> None:
    found = fonts(document(name))
    assert found
    for font in found.values():
        assert font["/Subtype"] == "/Type0"
        assert "+Report" in font["/BaseFont"], "a font of this machine"
        assert len(embedded(font).getGlyphOrder()) > 1


@ALL
def test_every_glyph_that_is_drawn_is_in_its_font_and_none_is_notdef(name: str) -> None:
    found = fonts(document(name))
    for font, glyphs in glyphs_drawn(document(name)).items():
        assert 0 not in glyphs
        assert max(glyphs) < len(embedded(found[font]).getGlyphOrder())
    assert drawn(name).warnings == ()


def test_what_no_font_can_draw_is_shown_by_its_number() -> None:
    said = "".join(marked_text(document("unknown")))
    for character in "ປ𓀀":
        assert f"‹U+{ord(character):04X}›" in said


@ALL
def test_attachments_are_the_models_numbers_with_their_description(name: str) -> None:
    root = document(name).root_object
    files = attached_files(model(name))
    names = root["/Names"]["/EmbeddedFiles"]["/Names"]
    assert [str(key) for key in names[::2]] == [file.name for file in files]
    assert [entry.idnum for entry in root["/AF"]] == [entry.idnum for entry in names[1::2]]
    for file, entry in zip(files, (entry.get_object() for entry in names[1::2]), strict=True):
        stream = entry["/EF"]["/F"].get_object()
        assert stream.get_data() == file.content
        assert stream["/Subtype"] in {"/application/json", "/text/csv"}
        assert stream["/Params"]["/ModDate"] == "D:20261122230000Z"
        assert entry["/AFRelationship"] == f"/{file.relationship}"
        assert entry["/UF"] == entry["/F"] == file.name
        assert entry["/Desc"] == file.description


@ALL
def test_nothing_in_it_can_act(name: str) -> None:
    read = document(name)
    for number in range(1, int(read.trailer["/Size"])):  # type: ignore[call-overload]
        thing = read.get_object(number)
        if isinstance(thing, dict):
            assert thing.get("/S") not in {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR"}
            assert not {"/JS", "/AA", "/OpenAction", "/Encrypt"} & set(thing)


def test_a_link_of_the_engineer_is_tagged_described_and_goes_where_it_says() -> None:
    with_link = render_pdf(models.commented("See [the plan](https://wiki.example/plan)."))
    pages = PdfReader(io.BytesIO(with_link.pdf)).pages
    (link,) = [entry.get_object() for page in pages for entry in page.get("/Annots", ())]
    assert link["/A"]["/URI"] == link["/Contents"] == "https://wiki.example/plan"
    assert link["/F"] == 4
    found = tags(PdfReader(io.BytesIO(with_link.pdf)))
    assert [tag.kind for tag in found].count("/Link") == 1


def test_bookmarks_lead_to_each_part() -> None:
    read = document("bad")
    titles = [entry.title for entry in read.outline]  # type: ignore[union-attr]
    assert titles == [
        "Summary", "What changed", "Uptime and SLA", "Tickets", "Backup", "Security", "Public sites",
        "Recommendations", "About these numbers",
    ]  # fmt: skip
    pages = [read.get_destination_page_number(entry) for entry in read.outline]  # type: ignore[arg-type]
    assert pages == sorted(pages)  # type: ignore[type-var]
    assert pages[0] == 0


def test_the_same_model_gives_the_same_bytes_twice() -> None:
    assert render_pdf(models.bad()).pdf == drawn("bad").pdf
