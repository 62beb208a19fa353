"""What a mail address looks like: the one shape by which forms, the applicant's address and what is sent go."""

from __future__ import annotations

import re
from typing import Any

# "Valid e-mail address" of the HTML Standard, as browsers and form-js check it; lengths of RFC 5321 §4.5.3.1.1.
_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*")


def is_mail_address(text: Any) -> bool:
    """Whether a text is one mail address, and no longer than RFC 5321 §4.5.3.1.3 lets it be."""
    return isinstance(text, str) and len(text) <= 254 and bool(_ADDRESS.fullmatch(text.strip()))
