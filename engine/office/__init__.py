"""The office: everything that can be done, one method a use case, without HTTP."""

from engine.office.office import Office

__all__ = ["Office"]
