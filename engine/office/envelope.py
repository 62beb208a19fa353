"""An answer in its envelope: personal fields in it are opened when somebody looks at it, and else nobody's are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from engine.sealing import unseal_json


class Envelope(Mapping[str, Any]):
    """A view whose personal fields are still sealed, and which reads as if they were open.

    What is nested in it is opened when it is first asked for. Whatever becomes meanwhile of what the view was made
    of, it stays as it was; but a key that is gone by then opens nothing any more.

    :param view: made for this answer alone.
    :param keys: gives the keys of applicants, by their ids.
    """

    __slots__ = ("_keys", "_opened", "_view", "sealed")

    def __init__(self, view: Mapping[str, Any], keys: Callable[[set[str]], Mapping[str, bytes]]) -> None:
        #: Its JSON as it is stored: nothing personal can be read in it.
        self.sealed = orjson.dumps(view)
        self._view = view
        self._keys = keys
        self._opened: Mapping[str, Any] | None = None

    def json(self) -> bytes:
        """Its JSON with the personal fields open, for who needs no more of it: else `dict` gives it whole."""
        return unseal_json(self.sealed, self._keys)

    def __getitem__(self, name: str) -> Any:
        value = self._view[name]
        if not isinstance(value, dict | list):
            return value
        if self._opened is None:
            self._opened = orjson.loads(self.json())
        return self._opened[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._view)

    def __len__(self) -> int:
        return len(self._view)

    def __repr__(self) -> str:
        # In a log or a traceback nobody asked to look.
        return f"Envelope({self.sealed.decode()})"
