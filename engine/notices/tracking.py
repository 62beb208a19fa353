"""What a notice says of itself and of the way to its case: the same in either layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import segno


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """How the applicant follows the case."""

    number: str
    #: The tracking code, open.
    code: str
    #: Address of the page on which the citizen asks; none where nobody says where the office is.
    page: str | None = None

    @property
    def address(self) -> str | None:
        """Where the QR code leads; what is behind the # stays in the browser."""
        return self.page and f"{self.page}#{urlencode({'number': self.number, 'code': self.code})}"

    @property
    def lines(self) -> list[str]:
        """What stands beside the QR code."""
        where = [f"进度查询：{self.page}"] if self.page else []
        return [*where, f"办件编号：{self.number}", f"查询码：{self.code}"]


class Foot(Protocol):
    """What stands at the foot of a sheet, and what tells its window from others."""

    @property
    def subject(self) -> str:
        """What the sheet is about, beside its title."""

    @property
    def text(self) -> str:
        """The line at the foot."""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What ties a sheet of paper to the history of its case."""

    case: str
    #: Id of the notice, and SHA-256 (hex) of its content.
    notice: str
    digest: str

    @property
    def subject(self) -> str:
        """The case."""
        return self.case

    @property
    def text(self) -> str:
        """The line at the foot."""
        return f"办件 {self.case} · 文书 {self.notice} · SHA-256 {self.digest}"


def qr(tracking: Tracking | None) -> str | None:
    """The QR code (ISO/IEC 18004) that leads to the case, as SVG."""
    if tracking is None or tracking.address is None:
        return None
    drawn: str = segno.make(tracking.address, error="m").svg_inline(scale=1, border=2, omitsize=True)
    return drawn
