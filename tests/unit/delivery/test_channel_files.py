"""The PDF goes into the folder for files that the channel itself names."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from msp_reports.delivery.channel_files import ChannelFiles
from msp_reports.delivery.contract import ChannelFilePackage, NotSent, Receipt
from msp_reports.domain.errors import DeliveryError, DeliveryThrottledError
from tests.unit.delivery.library import Library

pytestmark = pytest.mark.airflow

PDF = b"%PDF-1.7 report"
THREAD = "19:acme@thread.tacv2"
FOLDER = f"/v1.0/teams/team-1/channels/{THREAD}/filesFolder"
PACKAGE = ChannelFilePackage(
    key="k1",
    team_id="team-1",
    channel_id=THREAD,
    name="acme-2026-W47.pdf",
    mime_type="application/pdf",
    content=PDF,
    sha256=sha256(PDF).hexdigest(),
)
PLACE = {"drive_id": "b!ch", "folder_id": "01F"}


@pytest.fixture
def library(service: Any, reply: Any) -> Library:
    folder = {"id": "01F", "webUrl": "https://n.example/acme", "parentReference": {"driveId": "b!ch"}}
    service.on("GET", FOLDER, reply(body=folder))
    return Library(service, reply, "b!ch", "01F", "Weekly reports/acme-2026-W47.pdf")


def test_the_file_goes_below_the_channels_own_folder(library: Library, graph: str, ledger: Any) -> None:
    channel = ChannelFiles(graph)
    known = channel.prepare(PACKAGE, {}, ledger.append)
    assert ledger == [PLACE]
    receipt = channel.send(PACKAGE, known, ledger.append)
    assert library.content == PDF
    assert receipt.link == "https://northwind.sharepoint.example/x.pdf"
    assert receipt.remote_ids["item_id"] == "i-1"


def test_other_bytes_of_the_same_name_are_not_overwritten(library: Library, graph: str, ledger: Any) -> None:
    library.content = b"other"
    with pytest.raises(DeliveryError, match="other bytes than approved"):
        ChannelFiles(graph).prepare(PACKAGE, {}, ledger.append)
    assert library.content == b"other"


def test_what_became_of_an_upload_is_looked_up_where_it_was_made(library: Library, graph: str) -> None:
    channel = ChannelFiles(graph)
    assert channel.look_up(PACKAGE, {}) is None
    assert channel.look_up(PACKAGE, PLACE) == NotSent()
    library.content = PDF
    assert isinstance(channel.look_up(PACKAGE, PLACE), Receipt)


def test_a_channel_without_a_folder_says_what_to_do(service: Any, graph: str, ledger: Any) -> None:
    with pytest.raises(DeliveryError, match="Open its Files tab once"):
        ChannelFiles(graph).prepare(PACKAGE, {}, ledger.append)


def test_a_folder_whose_library_is_not_told_is_asked_for_again(
    service: Any, graph: str, ledger: Any, reply: Any
) -> None:
    service.on("GET", FOLDER, reply(body={"id": "01F"}))
    with pytest.raises(DeliveryThrottledError):
        ChannelFiles(graph).prepare(PACKAGE, {}, ledger.append)
    assert ledger == []


def test_a_look_writes_nothing(service: Any, library: Library, graph: str) -> None:
    assert ChannelFiles(graph).look("team-1", THREAD).startswith("folder https://n.example/acme is there")
    assert {asked.method for asked in service.asked} == {"GET"}
