"""The mail of a report, as both mail channels are given it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from msp_reports.delivery.contract import Address, MailPackage


def a_mail(**parts: Any) -> MailPackage:
    mail = MailPackage(
        key="k1",
        sender=Address(name="Northwind", email="reports@northwind.example"),
        reply_to=Address(name="Jana Richter", email="jana@northwind.example"),
        to=(Address(name="Uwe Berg", email="uwe@acme.example"),),
        cc=(Address(name="Mia Lorenz", email="mia@northwind.example"),),
        subject="Weekly report – Müller & Söhne",
        text="All good.",
        html="<p>All good.</p>",
        attachment_name="acme-2026-W47.pdf",
        attachment=b"%PDF-1.7 \xff\x00",
    )
    return replace(mail, **parts)
