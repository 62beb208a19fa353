"""The rules of handling one case: what each command does to it.

No database and no clock here: live work and replay are the same calls on the same objects.
"""

from engine.handling.case import Case, Limit, OpenJob, OpenWork
from engine.handling.commands import Applied, Command, Handling, Past, RecordedUnits, apply, is_concerned
from engine.handling.issuing import Issuer, RecordedIssuer
from engine.handling.undertaking import Undertaking, undertaking_of

__all__ = [
    "Applied",
    "Case",
    "Command",
    "Handling",
    "Issuer",
    "Limit",
    "OpenJob",
    "OpenWork",
    "Past",
    "RecordedIssuer",
    "RecordedUnits",
    "Undertaking",
    "apply",
    "is_concerned",
    "undertaking_of",
]
