"""Mail addresses as they are written in files, and as they go out."""

from __future__ import annotations


def mail_address(text: str) -> str:
    """Return an address as mail servers take it: an internationalised domain in its ASCII form (RFC 5891).

    Raises:
        ValueError: it is no address, or its part before the @ is not ASCII, which Gmail and Exchange send
            to servers with SMTPUTF8 (RFC 6531) alone.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as wrong:
        raise ValueError(f"expected one mail address such as name@company.example. {wrong}") from None
    return found.ascii_email or found.normalized
