"""Every error of the package by name. Each says what happened and what to do about it.

Three verdicts, read by the Dag's retry policy: *retriable* (wait and try again), *fatal*
(trying again cannot help), and *skippable* (one record is bad: count it and go on).
"""

from __future__ import annotations


class ReportError(Exception):
    """Root of the package's errors."""


class SourceError(ReportError):
    """A source system could not give what was asked."""


class RetriableSourceError(SourceError):
    """It may work later: throttled, overloaded, network trouble."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds the vendor asked us to wait, if it did."""


class UnreachableError(RetriableSourceError):
    """No answer at all: name, network or server."""


class FatalSourceError(SourceError):
    """It will not work until somebody changes something."""


class CredentialsRefusedError(FatalSourceError):
    """401 or the vendor's equivalent: the connection's secret is wrong or expired."""


class PermissionMissingError(FatalSourceError):
    """403: the credentials are good but may not read this."""


class ChangedShapeError(FatalSourceError):
    """The answer is not what the vendor documents: HTML, half a JSON, a missing field."""


class ForeignRowError(FatalSourceError):
    """A row belongs to another customer. The whole snapshot is refused."""


class IncompletePullError(FatalSourceError):
    """The pull ended early (a repeated page token, a page missing): partial is not shown as whole."""


class NoLongerKnownError(FatalSourceError):
    """The system does not reach back to this week: what it would say of it is not what happened."""


class ConfigurationError(ReportError):
    """A file or connection must be corrected before a retry can help."""


class CustomerFileError(ConfigurationError):
    """A customer or provider file is wrong. Says file, line, key and expectation."""

    def __init__(self, *, file: str, line: int | None, key: str, expected: str) -> None:
        where = f"{file}:{line}" if line is not None else file
        super().__init__(f"{where}: {key}: {expected}")
        self.file, self.line, self.key, self.expected = file, line, key, expected


class NotDrawnError(ConfigurationError):
    """A picture or style sheet that belongs on the page cannot be drawn: the brand or a template is wrong."""


class UnknownCustomerError(ConfigurationError):
    """The run was asked for a customer code that no file defines."""

    def __init__(self, code: str, known: tuple[str, ...]) -> None:
        names = ", ".join(known) or "none"
        super().__init__(f"unknown customer code {code!r}; known: {names}")


class DatabaseUnusableError(ConfigurationError):
    """The report database is SQLite or cannot be reached."""


class DatabaseUnreachableError(DatabaseUnusableError):
    """The report database does not answer. Retriable: it may be restarting."""


class SnapshotAbsentError(ReportError):
    """A source's task ended without storing even the reason for its failure."""


class WeekIncompleteError(ReportError):
    """At the end of a run, customers are left without what they should have."""


class StandingsIncompleteError(ReportError):
    """Some of a day's standings could not be taken: those past weeks will have gaps."""


class NotApprovedError(ReportError):
    """These bytes have no approval. Nothing leaves without one."""


class SupersededError(NotApprovedError):
    """A later revision stands: this one is sent to nobody any more."""


class DeliveryError(ReportError):
    """A channel refused the report; nothing reached the recipient."""


class RecipientRefusedError(DeliveryError):
    """The provider takes the message for no recipient, because of one of them: nobody has got it."""


class DeliveryThrottledError(DeliveryError):
    """Refused for now, and certainly not sent: trying again is safe."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChannelUnreachableError(DeliveryThrottledError):
    """No answer at all to a call that nobody could have noticed."""


class DeliveryOutcomeUnknownError(DeliveryError):
    """The call may or may not have arrived. Not sent again without a person's word."""


class DecisionRefusedError(ReportError):
    """What a person says of a delivery does not fit how it stands: nothing was changed."""
