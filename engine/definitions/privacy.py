"""Expressions that would look at personal data, which is sealed: they could never see it.

Handing a personal value on unseen, by a mapping that is a mere path, is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable

from engine.definitions.expressions import Use
from engine.definitions.findings import Findings

#: The person a case is about; all of it is sealed.
APPLICANT = ("applicant",)


def check_privacy(uses: Iterable[Use], personal: frozenset[tuple[str, ...]], findings: Findings) -> None:
    """Report each expression that reads a personal field.

    :param personal: paths of the variables that forms mark as personal
    """
    sealed = personal | {APPLICANT}
    for use in uses:
        if use.copies:
            continue
        for path in sorted(use.paths):
            if any(_touches(path, secret) for secret in sealed):
                message = (
                    f"{use.what} “{use.text}” reads “{'.'.join(path)}”, which is personal and sealed: "
                    "decide by a field that is not personal, such as one that the clerk ticks"
                )
                findings.error(use.place, "reads-personal-data", message)
                break


def _touches(path: tuple[str, ...], secret: tuple[str, ...]) -> bool:
    """Whether one is part of the other."""
    shared = min(len(path), len(secret))
    return path[:shared] == secret[:shared]
