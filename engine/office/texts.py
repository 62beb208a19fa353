"""Words that people give with what they do: a reason, a remark."""

from __future__ import annotations

from typing import Any

from engine.errors import FieldError, Invalid
from engine.forms.messages import both

#: Longest reason or remark, in characters.
MOST_TEXT = 4000


def stated(text: Any, pointer: str) -> str:
    """The text, without blanks around it.

    :param pointer: of the field that it came in.
    :raises Invalid: where it says nothing, or too much.
    """
    if not isinstance(text, str) or not text.strip():
        raise Invalid(
            errors=[
                FieldError(
                    pointer,
                    both("请说明理由，申请人可能看到", "required: say why, in words that the applicant may read"),
                )
            ]
        )
    if len(text) > MOST_TEXT:
        raise Invalid(errors=[FieldError(pointer, both(f"最多 {MOST_TEXT} 字", f"at most {MOST_TEXT} characters"))])
    return text.strip()
