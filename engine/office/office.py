"""The office as one object: opened on a database, it does everything that the API does."""

from __future__ import annotations

import os
from collections.abc import Collection
from importlib.resources import files
from pathlib import Path
from typing import NoReturn, Self
from zoneinfo import ZoneInfo

from engine.calendar import Calendar
from engine.connectors import Connectors
from engine.definitions.model import SourceFile
from engine.errors import Unavailable, YichuangError
from engine.materials import EXTENSIONS, Store
from engine.office.attempts import Attempts
from engine.office.backups import Backups
from engine.office.board import Board
from engine.office.breached import Breached
from engine.office.case_materials import CaseMaterials
from engine.office.cases import Cases
from engine.office.checkpoints import Checkpoints
from engine.office.clock import Clock, OfficeClock, SystemClock
from engine.office.conformance import Conformance
from engine.office.context import Context
from engine.office.definitions import Definitions
from engine.office.drafts import Drafts
from engine.office.erasure import Erasure
from engine.office.exports import Exports
from engine.office.histories import Histories
from engine.office.jobs import Jobs
from engine.office.mails import Mails
from engine.office.mentions import Mentions
from engine.office.notices import Notices
from engine.office.offers import Offers
from engine.office.office_calendar import OfficeCalendar
from engine.office.once import Once
from engine.office.opening import Opening
from engine.office.outbox import Outbox
from engine.office.people import People
from engine.office.person import Membership, Person, Role
from engine.office.post import Post
from engine.office.present import Presenter
from engine.office.ratings import Ratings
from engine.office.reminders import Reminders
from engine.office.reports import Reports
from engine.office.returns import Returns
from engine.office.saved_filters import SavedFilters
from engine.office.sessions import Sessions
from engine.office.statistics import Statistics
from engine.office.steps import Steps
from engine.office.substitutions import Substitutions
from engine.office.tasks import Tasks
from engine.office.timekeeper import Timekeeper
from engine.office.vitals import Watchman
from engine.sealing import Keyring
from engine.storage import Database
from engine.trial import SCENARIOS

#: Where the embedded database is, under the current folder.
EMBEDDED = "sqlite:///var/yichuang.db"
KEYRING = "sqlite:///var/keyring.db"
#: Where the files lie that applicants hand in.
MATERIALS = Path("var/materials")

#: Who deploys what the program brings along.
SYSTEM = Person(username="system", name="Yichuang", memberships=(Membership("", Role.DESIGNER),))

#: Endings of the files that a process folder holds.
_SOURCES = (".bpmn", ".dmn", ".form", ".notice")


class Office:
    """An office, opened.

    :param url: the database: ``sqlite:///FILE`` or ``postgresql+psycopg://…``.
    :param keyring: the database of the keys that seal personal fields; apart from the other one.
    :param clock: tells the time; the machine's where none is given.
    :param zone: IANA name of the office's time zone.
    :param materials: the folder of what applicants hand in; outside of what a server shows.
    :param material_types: endings of the files that are taken, of `engine.materials.EXTENSIONS`; all of them
        where none are given.
    :param breached: a list of passwords that were stolen elsewhere (`Breached`): nobody takes one of them.
    :param connectors: how the office itself does work outside; without them it reaches nobody.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        keyring: str | None = None,
        clock: Clock | None = None,
        zone: str = "Asia/Shanghai",
        materials: Path | None = None,
        material_types: Collection[str] = tuple(EXTENSIONS),
        breached: Path | None = None,
        connectors: Connectors | None = None,
    ) -> None:
        self.database = Database(url or EMBEDDED)
        self.keyring = Keyring(keyring or KEYRING)
        office_clock = OfficeClock(self.database, clock or SystemClock())
        store = Store(materials or MATERIALS)
        self._context = Context(self.database, self.keyring, office_clock, Calendar(zone=zone), store)
        steps, presenter = Steps(self._context), Presenter(self._context)
        opening = Opening(self._context, steps.archive, presenter)
        stolen = Breached(breached) if breached else frozenset[str]()
        self.people = People(self.database, office_clock, self._context.ledger, zone=self.zone, breached=stolen)
        self.sessions = Sessions(self.database, office_clock, self._context.ledger, zone=self.zone)
        self.substitutions = Substitutions(self._context)
        self.catalogue = self._context.catalogue
        self.calendar = OfficeCalendar(self._context)
        self.definitions = Definitions(self._context, steps)
        self.mentions = Mentions(self._context, self.people)
        self.reminders = Reminders(self._context, steps, presenter, opening)
        self.cases = Cases(self._context, steps, presenter, opening, self.mentions, self.reminders)
        self.offers = Offers(self._context, steps)
        self.tasks = Tasks(self._context, steps, presenter, opening)
        self.returns = Returns(self._context, steps, presenter, opening)
        self.drafts = Drafts(self._context, steps, opening)
        self.jobs = Jobs(self._context, steps, opening)
        self.materials = CaseMaterials(self._context, steps, opening, material_types)
        self.notices = Notices(self._context, steps)
        self.mails = Mails(self._context, steps, self.notices)
        self.outbox = Outbox(self.jobs, self.mails, connectors or Connectors())
        self.history = Histories(self._context, presenter)
        self.exports = Exports(self._context)
        self.erasure = Erasure(self._context)
        self.statistics = Statistics(self._context)
        self.conformance = Conformance(self._context)
        self.checkpoints = Checkpoints(self._context)
        self.reports = Reports(self._context, self.statistics, self.checkpoints)
        self.ledger = self._context.ledger
        self.watch = self._context.watch
        self.watchman = Watchman(self._context)
        self.saved_filters = SavedFilters(self.database)
        self.board = Board(self._context)
        self.ratings = Ratings(self._context, steps, opening)
        self.attempts = Attempts(self.database, office_clock, self.keyring)
        self.post = Post(self._context, steps, presenter, opening, self.people)
        self.clock = Timekeeper(self._context, steps, self.post)
        self.backups = Backups(self._context, self.checkpoints, complete=self.post.fill, upgrade=self.upgrade)

    @classmethod
    def from_environment(cls) -> Self:
        """The office that the environment's settings name.

        They are ``YICHUANG_DATABASE_URL``, ``…KEYRING_URL``, ``…TIMEZONE``, ``…MATERIALS_DIR``, ``…MATERIAL_TYPES``
        (endings with commas between them), ``…BREACHED_PASSWORDS``, and those of `Connectors.from_environment`.
        """
        types = os.environ.get("YICHUANG_MATERIAL_TYPES", "")
        breached = os.environ.get("YICHUANG_BREACHED_PASSWORDS")
        return cls(
            os.environ.get("YICHUANG_DATABASE_URL"),
            keyring=os.environ.get("YICHUANG_KEYRING_URL"),
            zone=os.environ.get("YICHUANG_TIMEZONE", "Asia/Shanghai"),
            materials=Path(os.environ.get("YICHUANG_MATERIALS_DIR") or MATERIALS),
            material_types=[ending.strip().lower() for ending in types.split(",") if ending.strip()] or EXTENSIONS,
            breached=Path(breached) if breached else None,
            connectors=Connectors.from_environment(os.environ),
        )

    def refuse(self, error: YichuangError, *, by: Person, once: Once | None) -> NoReturn:
        """Refuse what could not be read as a request to this office, and keep that under its key.

        :raises YichuangError: `error`, or what the key stands for already.
        """
        self._context.refuse(by, once, error)

    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""
        return self._context.calendar.zone

    @property
    def is_demonstration(self) -> bool:
        """Whether this is a demonstration office."""
        with self.database.read() as connection:
            return self._context.clock.is_demonstration(connection)

    def upgrade(self) -> None:
        """Bring both databases to this version of the program."""
        self.database.upgrade()
        self.keyring.upgrade()
        with self.database.write() as connection:
            self.post.fill(connection)
        if not self.database.is_embedded:
            from engine.worker import queue

            queue.upgrade(self.database)

    def check_ready(self) -> None:
        """Whether the office can work now.

        :raises Unavailable: where a database is away, or not that of this version.
        """
        for what, there in (("database", self.database.is_current()), ("keyring", self.keyring.is_there())):
            if not there:
                raise Unavailable(f"The {what} is not that of this version: run `yichuang init`.")

    def initialise(self, *, demo: bool = False) -> None:
        """Make the office ready: databases, the packaged definitions, the demonstration office if wished.

        Repeating it changes nothing that is there. A definition that a designer has changed since is left
        alone: only processes that were never deployed are.
        """
        self.upgrade()
        known = {definition["key"] for definition in self.definitions.list(by=SYSTEM)}
        packaged = packaged_processes()
        if not known >= packaged.keys():
            fresh = [file for key, sources in packaged.items() if key not in known for file in sources]
            self.definitions.deploy(fresh, by=SYSTEM)
        if demo:
            from engine import demonstration

            demonstration.load(self)
            self._context.clock.forget()

    def close(self) -> None:
        """Let go of every connection."""
        self.database.close()
        self.keyring.close()


def packaged_processes() -> dict[str, list[SourceFile]]:
    """The definitions that come with the program, with their scenarios, by process key."""
    root = Path(str(files("processes")))
    return {
        folder.name: [
            SourceFile(name=path.name, content=path.read_bytes())
            for path in sorted(folder.iterdir())
            if path.suffix in _SOURCES
        ]
        + [
            # Scenarios of two folders may have the same name; they are read, and not kept.
            SourceFile(name=f"{folder.name}/{path.parent.name}/{path.name}", content=path.read_bytes())
            for path in sorted(folder.glob("scenarios/*"))
            if path.suffix in SCENARIOS
        ]
        for folder in sorted(root.iterdir())
        if (folder / f"{folder.name}.bpmn").exists()
    }
