"""One file that is PDF/A-3a and PDF/UA-1: what WeasyPrint leaves to be said, added before it writes.

- The PDF/UA identification (ISO 14289-1, 5) stands in the same ``rdf:RDF`` as that of PDF/A, with the
  extension schema that PDF/A asks for (ISO 19005-3, 6.6.2.3). WeasyPrint's option ``xmp_metadata`` would
  put a second ``rdf:RDF`` into the packet, of which a reader by ISO 16684-1, 7.3 sees the first only.
- Header cells say what they head (ISO 14289-1, 7.5), and can be found by their ids (ISO 32000-1, 14.7.2).
- Figures say where they are in the page's own units, from its lower left corner (ISO 32000-1, 14.8.5.4.3);
  WeasyPrint counts CSS pixels from the top.
- Each attachment is associated once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pydyf

_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
<rdf:Description rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>
"""
_END = b"</rdf:RDF>"
_POINTS_PER_PIXEL = 0.75


def finish(_: object, pdf: pydyf.PDF) -> None:
    """Complete a PDF as WeasyPrint's ``finisher``."""
    _identify(pdf)
    _head(pdf)
    _place(pdf)
    pdf.catalog["AF"] = pydyf.Array(dict.fromkeys(pdf.catalog["AF"]))


def _identify(pdf: pydyf.PDF) -> None:
    (metadata,) = (
        thing
        for thing in pdf.objects
        if isinstance(thing, pydyf.Stream) and thing.extra.get("Type") == "/Metadata"
    )
    before, end, after = metadata.stream[0].partition(_END)
    metadata.stream = [before + _UA + end + after]


def _head(pdf: pydyf.PDF) -> None:
    """Give header cells a scope, and the tree an index of their ids."""
    parents = {element.reference: element for element in _elements(pdf)}
    heads: dict[str, bytes] = {}
    for cell in _elements(pdf):
        if cell["S"] == "/TH" and "ID" in cell:
            row = parents[cell["P"]]
            cell["A"]["Scope"] = "/Column" if parents[row["P"]]["S"] == "/THead" else "/Row"
            heads[cell["ID"].string] = cell.reference
    (tree,) = (thing for thing in _dictionaries(pdf) if thing.get("Type") == "/StructTreeRoot")
    names = [part for name in sorted(heads) for part in (pydyf.String(name), heads[name])]
    tree["IDTree"] = pydyf.Dictionary({"Names": pydyf.Array(names)})


def _place(pdf: pydyf.PDF) -> None:
    """Turn the boxes of figures from CSS pixels into points."""
    heights = {
        page.reference: page["MediaBox"][3] for page in _dictionaries(pdf) if page.get("Type") == "/Page"
    }
    for figure in _elements(pdf):
        if figure["S"] == "/Figure":
            left, top, right, bottom = (side * _POINTS_PER_PIXEL for side in figure["A"]["BBox"])
            height = heights[figure["Pg"]]
            figure["A"]["BBox"] = pydyf.Array([left, height - bottom, right, height - top])


def _elements(pdf: pydyf.PDF) -> Iterator[Any]:
    return (thing for thing in _dictionaries(pdf) if thing.get("Type") == "/StructElem")


def _dictionaries(pdf: pydyf.PDF) -> Iterator[Any]:
    return (thing for thing in pdf.objects if isinstance(thing, pydyf.Dictionary))
