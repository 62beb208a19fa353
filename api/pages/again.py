"""A form that was refused comes again on its page, as it was filled in, with why it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import g, request
from werkzeug.wrappers import Response

from api.problems.types import PROBLEM_TYPES


@dataclass(frozen=True)
class Shown:
    """A page that forms are sent from."""

    #: Its path.
    place: str
    show: Callable[[], Response]


@dataclass(frozen=True)
class Refusal:
    """What was sent, and why not."""

    #: Which of the page's forms it was.
    form: str
    #: Where it was sent to.
    action: str
    why: str
    given: Mapping[str, str]
    #: What it was about, where one form serves several things.
    about: str

    @property
    def typed(self) -> str:
        """The words that somebody wrote."""
        return next((self.given[name] for name in ("reason", "note", "text") if self.given.get(name)), "")


def again(shown: Shown, form: str, why: str, problem: str, *, about: str = "") -> Response:
    """The page once more, for a browser that has sent one of its forms.

    :param form: the form's name in the page.
    :param problem: name of the problem: it gives the answer its status.
    """
    g.again = Refusal(form, request.path, why, request.form.to_dict(), about)
    g.place = shown.place
    answer = shown.show()
    answer.status_code = PROBLEM_TYPES[problem].status
    return answer
