"""``python -m msp_reports pinned``: a person's word that a standing post is pinned in its channel."""

from __future__ import annotations

from dataclasses import dataclass

from msp_reports.customer_files import read_customer
from msp_reports.domain.errors import ConfigurationError
from msp_reports.store.database import transaction
from msp_reports.store.standing_posts import StandingPostRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What was entered, in words."""

    text: str
    is_well: bool = True


def confirm_pin(code: str, *, by: str) -> Confirmed:
    """Enter that the customer's standing post is pinned.

    Raises:
        ConfigurationError: the customer has no standing post, or none was made yet.
    """
    route = read_customer(code).delivery.teams
    if route is None or not route.standing_post:
        raise ConfigurationError(f"{code} keeps no standing post: set standing_post: true under teams")
    with transaction() as connection:
        post = StandingPostRepository(connection).confirm(code, route.channel_id, by)
    if post is None:
        raise ConfigurationError(f"{code} has no standing post yet; the first delivered report makes it")
    return Confirmed(text=f"{code}: the standing post (shows {post.week}) is pinned, says {by}.")
