"""The one door from definitions to FEEL: what a modeler's text says, and which names it reads.

Nothing is evaluated here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from engine import feel
from engine.definitions.findings import Findings, Place
from engine.definitions.model import Value
from engine.definitions.suggestions import feel_for_expression

#: Longest expression that is read, in characters.
MAX_LENGTH = 10_000
#: All expressions of a set together, in characters.
MAX_TOTAL = 1_000_000

_WRAPPED = re.compile(r"[$#]\{")
_PLAIN_PATH = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_CODE: Final = re.compile(
    r"(application/|text/)?(x-)?(groovy|javascript|js|ecmascript|python\d*|jython|j?ruby|java|mvel|beanshell|bsh)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Use:
    """One expression of the set, where it stands."""

    place: Place
    #: Such as “the condition”.
    what: str
    #: FEEL, without the modeler's wrapping.
    text: str
    #: What it reads from the case's data: ``("applicant", "name")``.
    paths: frozenset[tuple[str, ...]]
    #: Whether it hands a value on without looking at it: a mapping that is a mere path.
    copies: bool


@dataclass
class Expressions:
    """Reads the expressions of a set and remembers them."""

    findings: Findings
    uses: list[Use] = field(default_factory=list)
    _total: int = 0

    def read(
        self, place: Place, what: str, text: str, *, language: str | None = None, mapping: bool = False
    ) -> str | None:
        """FEEL text for a text that is an expression, wrapped (``= …``, ``${…}``) or bare.

        :param what: where it stands, for the message, such as “the condition”
        :param language: the language that the file declares for it
        :param mapping: whether it gives the value of a variable
        :returns: None, with an error in the findings, if it cannot be read
        """
        if language and is_code(language):
            hint = likely_feel(text)
            likely = f": write it in FEEL, likely “= {hint}”" if hint else ": write it in FEEL, such as “= amount > 10”"
            self.findings.error(place, "script-language", f"{what} is written in {language}, which is not run{likely}")
            return None
        if not text.strip().removeprefix("=").strip():
            self.findings.error(place, "expression", f"{what} is empty: write a FEEL expression")
            return None
        if len(text) > MAX_LENGTH:
            message = f"{what} is longer than {MAX_LENGTH} characters: put the decision into a DMN table"
            self.findings.error(place, "expression", message)
            return None
        self._total += len(text)
        if self._total > MAX_TOTAL:
            message = f"the set has more than {MAX_TOTAL} characters of expressions: deploy it in parts"
            self.findings.error(place, "too-large", message)
            return None
        try:
            read = feel.from_modeler(text)
        except feel.FeelError as error:
            self.findings.error(place, "expression", f"{what} “{_short(text)}” cannot be read: {_fault(text, error)}")
            return None
        # FEEL stays as its writer laid it out; only what was translated is printed anew.
        written = text.strip().removeprefix("=").strip()
        feel_text = str(read) if _WRAPPED.match(written) else written
        self._check_names(place, what, text, read)
        copies = mapping and is_path(feel_text)
        self.uses.append(Use(place=place, what=what, text=feel_text, paths=read.paths(), copies=copies))
        return feel_text

    def _check_names(self, place: Place, what: str, text: str, read: feel.Expression) -> None:
        """FEEL takes several words in a row for one name: ``x is None`` is a name, and no variable bears it."""
        for name in sorted(read.variables() - feel.FUNCTION_NAMES):
            if " " in name:
                hint = likely_feel(text)
                likely = f"; FEEL likely meant: “= {hint}”" if hint else ": join the words with an operator, or with _"
                message = f"{what} reads “{name}” as one name, which no variable can have{likely}"
                self.findings.warning(place, "unknown-name", message)

    def value(self, place: Place, what: str, text: str) -> Value | None:
        """A text that is an expression only where it is wrapped; None if it is one that cannot be read."""
        if not is_wrapped(text):
            return Value(text.strip())
        read = self.read(place, what, text)
        return None if read is None else Value(read, expression=True)


def is_path(text: str) -> bool:
    """Whether FEEL text is a mere name or path, which hands a value on without looking at it."""
    return _PLAIN_PATH.fullmatch(text) is not None


def paths_of(text: str) -> frozenset[tuple[str, ...]]:
    """What FEEL text that was read already reads from the case's data."""
    return feel.parse(text).paths()


def is_wrapped(text: str) -> bool:
    """Whether a modeler's text is marked as an expression: ``= …``, or with ``${…}`` in it."""
    return text.lstrip().startswith("=") or _WRAPPED.search(text) is not None


def is_code(language: str) -> bool:
    """Whether a declared language is a programming language, which is never run."""
    return _CODE.fullmatch(language.strip()) is not None


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:79]}…"


def _fault(text: str, error: feel.FeelError) -> str:
    hint = likely_feel(text)
    return f"{error.detail}{f'; FEEL likely meant: “= {hint}”' if hint else ''}"


def likely_feel(text: str) -> str | None:
    """Readable FEEL that the writer of a text in another language likely meant."""
    inner = text.strip().removeprefix("=").strip()
    if _WRAPPED.match(inner) and inner.endswith("}"):
        inner = inner[2:-1].strip()
    for candidate in (feel_for_expression(inner), inner):
        if candidate and candidate != text.strip() and _is_feel(candidate):
            return candidate
    return None


def _is_feel(text: str) -> bool:
    try:
        feel.parse(text)
    except feel.FeelError:
        return False
    return True
