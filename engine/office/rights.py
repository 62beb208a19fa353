"""Who may see and do what. Rules only: the commands ask them, and say nothing themselves about roles.

What one may not see does not exist for that person (`NotFound`); what one may see but not do is `Forbidden`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from engine.errors import Forbidden, NotFound
from engine.handling import Case, OpenWork
from engine.office.person import EVERYWHERE, Person, Role

#: Codes of the units from a unit up to the root, itself included.
Ancestors = Callable[[str], Collection[str]]

#: Who sees every case.
_OVERSEERS = frozenset({Role.AUDITOR, Role.ADMIN})


class Unseen(NotFound):
    """It is there, but not yours to see; you are told the same as if it were not."""


def none_to_see(what: str, kind: type[NotFound] = NotFound) -> NotFound:
    """What is not there, and what is not a person's to see, are answered alike."""
    return kind(f"There is no {what}, or it is not yours to see.")


class Rights:
    """The rules, asked about one person.

    :param ancestors: gives the units from a unit up to the root of the tree.
    """

    def __init__(self, person: Person, ancestors: Ancestors) -> None:
        self.person = person
        self._ancestors = ancestors

    @property
    def sees_everything(self) -> bool:
        """Auditors read everything; administrators must be able to find what is stuck."""
        return not self.person.roles.isdisjoint(_OVERSEERS)

    def works_in(self, unit: str) -> bool:
        """Whether the person handles cases in a unit."""
        return unit in self.person.units(Role.CLERK, Role.LEADER)

    def leads(self, unit: str) -> bool:
        """Whether the person is a leader of a unit, or of one above it."""
        led = self.person.units(Role.LEADER)
        return unit in led or (bool(led) and not led.isdisjoint(self._ancestors(unit)))

    @property
    def handles(self) -> bool:
        """Whether the person handles cases anywhere: nobody else has tasks, whomever a diagram names."""
        return bool(self.person.units(Role.CLERK, Role.LEADER))

    def require_sight(self, units: Collection[str], holders: Collection[str | None], what: str) -> None:
        """Refuse where the person may not see a case.

        :param units: the accepting unit and those that have, or had, a task in the case.
        :param holders: who has an open task in it: a diagram may name somebody of another unit.
        """
        if self.sees_everything or any(map(self.works_in, units)) or any(map(self.leads, units)):
            return
        if self.handles and self.person.username in holders:
            return
        raise none_to_see(what, Unseen)

    def may_take(self, unit: str | None, role: str | None, assignee: str | None) -> bool:
        """Whether the person belongs to those that a task is for."""
        if assignee == self.person.username:
            return self.handles
        if unit is None:
            return False
        return self.leads(unit) if role == Role.LEADER else self.works_in(unit)

    def require_taking(self, work: OpenWork) -> None:
        """Refuse where a task is for others."""
        if not self.may_take(work.unit, work.role, work.assignee):
            raise Forbidden(f"This task is for the group {work.group}, to which you do not belong.")

    def require_handing_on(self, work: OpenWork, case: Case) -> None:
        """Refuse where the person may not give a task to somebody else."""
        leader = self.leads(work.unit or case.unit) or Role.ADMIN in self.person.roles
        if not leader:
            self.require_taking(work)

    def require_carrying(self, case: Case) -> None:
        """Refuse where the person does not carry the case: its agent, its window's unit, or who leads that."""
        if case.agent == self.person.username or self.works_in(case.unit) or self.leads(case.unit):
            return
        if any(self.may_take(work.unit, work.role, work.assignee) for work in case.work.values()):
            return
        raise Forbidden("Only those who carry the case, or have a task in it, may do this.")

    def require_leading(self, case: Case) -> None:
        """Refuse where the person does not lead the unit that accepted the case."""
        if not self.leads(case.unit):
            raise Forbidden("Only a leader of the unit that accepted the case may do this.")

    def require_overseeing(self, unit: str) -> None:
        """Refuse where the person may not see all that waits in a unit."""
        if not (self.sees_everything or self.leads(unit)):
            raise Forbidden("Only who leads a unit, or one above it, sees all that waits in it.")

    def require_repairing(self, case: Case) -> None:
        """Refuse where the person may not try an incident again."""
        if Role.ADMIN not in self.person.roles:
            self.require_leading(case)

    def require_repairing_many(self) -> None:
        """Refuse where the person may try no incident again."""
        if not self.person.roles & {Role.LEADER, Role.ADMIN}:
            raise Forbidden("Only leaders and administrators try again what failed.")

    def require_handling(self) -> None:
        """Refuse where the person handles no cases at all."""
        if not self.handles:
            raise Forbidden("Only clerks and leaders accept cases.")

    def require_acceptance(self, unit: str) -> None:
        """Refuse where the person may not accept cases at a unit's windows."""
        if not self.works_in(unit):
            raise Forbidden(f"Only clerks and leaders of the unit {unit} accept cases at its windows.")

    def require_designing(self) -> None:
        """Refuse where the person may not deploy definitions, or move cases between their versions."""
        if not self.person.roles & {Role.DESIGNER, Role.ADMIN}:
            raise Forbidden("Only designers and administrators deploy definitions and move cases to other versions.")

    def works_outside(self, unit: str) -> bool:
        """Whether this is the account of a worker for a unit's cases: those of its own unit, and of those below."""
        units = self.person.units(Role.WORKER)
        return EVERYWHERE in units or (bool(units) and not units.isdisjoint({unit, *self._ancestors(unit)}))

    def require_working_outside(self, unit: str) -> None:
        """Refuse where this is no account of a worker for a unit's cases."""
        if not self.works_outside(unit):
            raise Forbidden("Only the accounts of workers take on jobs.")

    def require_fetching(self) -> None:
        """Refuse where this is no account of a worker at all."""
        if Role.WORKER not in self.person.roles:
            raise Forbidden("Only the accounts of workers take on jobs: `yichuang user add NAME --unit CODE:worker`.")

    def require_keeping_calendar(self) -> None:
        """Refuse where the person may not say which days the office works."""
        if Role.ADMIN not in self.person.roles:
            raise Forbidden("Only administrators change the office's calendar.")

    def require_keeping_catalogue(self) -> None:
        """Refuse where the person may not say what the office consists of and does."""
        if Role.ADMIN not in self.person.roles:
            raise Forbidden("Only administrators change the office's units, windows and matters.")

    def require_signalling(self) -> None:
        """Refuse where the person may not throw a signal to all cases."""
        if Role.ADMIN not in self.person.roles:
            raise Forbidden("Only administrators throw signals to all cases.")
