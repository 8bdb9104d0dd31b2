"""Cloudflare's rows, as its GraphQL Analytics API writes them."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from msp_reports.sources.rows import CamelRow, Utc


class Step(CamelRow):
    host: str = Field(alias="clientRequestHTTPHost")
    at: Utc = Field(alias="datetimeFiveMinutes")
    status: int = Field(alias="edgeResponseStatus", ge=0, le=999)


class Average(CamelRow):
    sample_interval: float = Field(ge=0)


class Requests(CamelRow):
    count: int = Field(ge=0)
    """Already scaled up where requests were sampled."""
    avg: Average
    dimensions: Step


class DayOf(CamelRow):
    date: date


class Status(CamelRow):
    edge_response_status: int = Field(ge=0, le=999)
    requests: int = Field(ge=0)


class Sum(CamelRow):
    response_status_map: tuple[Status, ...]


class Day(CamelRow):
    dimensions: DayOf
    sum: Sum
