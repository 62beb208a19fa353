"""Functions that the host lends to expressions, and the standard's beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from engine.feel.functions import BUILTINS
from engine.feel.model import FeelFunction, Value
from engine.feel.scope import Runtime
from engine.feel.values import from_feel, to_feel

# What a call of the host's counts for: it may be anything, and must not be made without end.
_COST = 100


class HostFunction(FeelFunction):
    """A Python function that the host gave a name. It sees and gives Python's values, never FEEL's own."""

    def __init__(self, name: str, function: Callable[..., object]) -> None:
        """:param function: called with positional arguments, or by name with blanks as underscores"""
        self.name = name
        self._function = function

    def call(self, runtime: Runtime, arguments: list[Value], names: tuple[str, ...] | None) -> Value:
        """What the function returns; null when it refuses the arguments with a TypeError or ValueError."""
        runtime.budget.spend(_COST)
        given = [from_feel(argument, runtime.budget) for argument in arguments]
        try:
            if names is None:
                return to_feel(self._function(*given))
            return to_feel(
                self._function(**{name.replace(" ", "_"): value for name, value in zip(names, given, strict=True)})
            )
        except (TypeError, ValueError, ArithmeticError):
            return None


class WithHost(Mapping[str, FeelFunction]):
    """The host's functions before the standard's, wrapped when first asked for."""

    def __init__(self, functions: Mapping[str, Callable[..., object]]) -> None:
        """Nothing is copied: the mapping may be shared by many evaluations."""
        self._functions = functions

    def __getitem__(self, name: str) -> FeelFunction:
        function = self._functions.get(name)
        if function is None:
            return BUILTINS[name]
        return function if isinstance(function, FeelFunction) else HostFunction(name, function)

    def __iter__(self) -> Iterator[str]:
        return iter({**BUILTINS, **self._functions})

    def __len__(self) -> int:
        return len({**BUILTINS, **self._functions})


def functions_with(functions: Mapping[str, Callable[..., object]] | None) -> Mapping[str, FeelFunction]:
    """The standard's functions and, before them, the host's."""
    return WithHost(functions) if functions else BUILTINS
