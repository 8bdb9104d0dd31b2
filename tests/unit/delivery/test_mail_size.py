"""A mail that is too large is refused before anything of it is made, and says what to do."""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Mapping
from typing import Any

import pytest

from msp_reports.delivery.gmail import GmailChannel
from msp_reports.delivery.mail_size import LARGEST_MAIL, largest_attachment, see_that_it_fits
from msp_reports.delivery.outlook import OutlookChannel
from msp_reports.domain.errors import DeliveryError
from tests.unit.delivery.test_gmail import a_mail

pytestmark = pytest.mark.airflow

CHANNELS = {"gmail": GmailChannel, "outlook": OutlookChannel}


@pytest.mark.parametrize("system", CHANNELS)
def test_the_last_byte_decides(system: str) -> None:
    see_that_it_fits(a_mail(attachment=bytes(largest_attachment(system))), system)
    with pytest.raises(DeliveryError, match="teams with graph and team_id, drive or sharepoint"):
        see_that_it_fits(a_mail(attachment=bytes(largest_attachment(system) + 1)), system)


@pytest.mark.parametrize("system", CHANNELS)
def test_no_draft_is_made_of_what_would_be_refused(
    service: Any,
    google: str,
    graph: str,
    ledger: list[Mapping[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    system: str,
) -> None:
    monkeypatch.setitem(LARGEST_MAIL, system, 0)
    channel = CHANNELS[system]({"gmail": google, "outlook": graph}[system])
    with pytest.raises(DeliveryError, match="too large"):
        channel.prepare(a_mail(), {}, ledger.append)
    assert (service.asked, ledger) == ([], [])


@pytest.mark.parametrize("system", CHANNELS)
def test_the_largest_attachment_makes_a_mail_within_the_limit(system: str) -> None:
    size = len(encodebytes(bytes(largest_attachment(system))).replace(b"\n", b"\r\n"))
    assert LARGEST_MAIL[system] - 300_000 < size < LARGEST_MAIL[system] - 100_000
