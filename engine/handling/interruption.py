"""Which elements were interrupted: a token was there and was taken away, told from the history alone.

An entry names what tokens entered, in order, and not what they left. Tokens are taken away by an interrupting boundary
event, with all that runs inside its activity (BPMN 2.0.2 §10.5.4); by a terminate end event and an interrupting event
subprocess, with all else on their level. Whatever else was entered went on by itself, or is where it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any

from engine.definitions.vocabulary import PERSON_TASKS
from engine.execution import Program
from engine.execution.places import Place
from engine.handling.returning import BACKWARD, undone

#: Key of a process and id of an element.
Station = tuple[str, str]


class Stay(StrEnum):
    """What became of a token that entered an element."""

    #: It waits, or nothing tells what became of it.
    THERE = "there"
    LEFT = "left"
    INTERRUPTED = "interrupted"


class Interruptions:
    """What the diagrams of a program say of where tokens go from, and of what takes them away."""

    def __init__(self, program: Program) -> None:
        self._places: dict[Station, Place] = {}
        #: Station → key of its level.
        self._levels: dict[Station, str] = {}
        self._sources: defaultdict[Station, list[Station]] = defaultdict(list)
        #: Interrupting boundary event → its activity.
        self._hosts: dict[Station, Station] = {}
        #: Key of a level → all that it runs inside of: its subprocess, or the calls of its process, and what is around.
        self._around: dict[str, set[Station]] = {key: set() for key in program.specs}
        for key, spec in program.specs.items():
            level = spec.level
            for place in (*level.places.values(), *level.event_subprocesses.values()):
                station = (level.process, place.id)
                self._places[station], self._levels[station] = place, key
                for flow in place.outgoing:
                    self._sources[level.process, flow.target].append(station)
                for event in place.boundaries:
                    if event.interrupting and event.trigger.kind != "compensate":
                        self._hosts[level.process, event.id] = station
                if place.inside is not None:
                    self._around[place.inside].add(station)
        while any(self._widened(key) for key in self._around):
            pass

    def go_on(self, stays: Mapping[Station, Stay], entries: Iterable[Mapping[str, Any]]) -> dict[Station, Stay]:
        """What became of the tokens after more entries, none of which was undone by going back."""
        now = dict(stays)
        for fields in entries:
            self._step(now, fields)
        return now

    def _step(self, stays: dict[Station, Stay], fields: Mapping[str, Any]) -> None:
        begun = (fields["process"], fields["element"])
        moved = {begun}
        taken: set[Station] = set()
        for process, element in fields["outcome"].get("path", ()):
            station = (process, element)
            for source in self._sources[station]:
                if source in stays and source not in taken and self._went(source, stays[source], begun, moved):
                    stays[source] = Stay.LEFT
            for gone in [one for one in self._takes_away(station) if stays.get(one) == Stay.THERE]:
                stays[gone] = Stay.INTERRUPTED
                taken.add(gone)
            place = self._places.get(station)
            # What ends its token, and what is on no diagram of today, is left at once.
            rests = place is not None and (place.outgoing or place.inside or place.kind in PERSON_TASKS)
            stays[station] = Stay.THERE if rests else Stay.LEFT
            taken.discard(station)
            moved.add(station)

    def _went(self, source: Station, stay: Stay, begun: Station, moved: set[Station]) -> bool:
        """Whether a token that enters the end of a flow came from its source.

        :param begun: what the step is about.
        """
        place = self._places[source]
        if place.inside is not None:
            ends = (one for one in moved if self._levels.get(one) == place.inside)
            return any(not self._places[one].outgoing for one in ends)
        if place.kind in PERSON_TASKS:
            return source == begun
        # What else waits, such as for a message, is not always named.
        return source in moved or stay == Stay.THERE

    def _takes_away(self, event: Station) -> Iterator[Station]:
        """All from which entering an element takes tokens away, wherever there are any."""
        place = self._places.get(event)
        if place is None:
            return
        if (host := self._hosts.get(event)) is not None:
            yield host
            yield from (one for one, level in self._levels.items() if host in self._around[level])
        elif place.trigger.kind == "terminate" or (place.event_subprocess and place.interrupting):
            here = self._levels[event]
            beside = {one for one, level in self._levels.items() if level == here and one != event}
            yield from beside
            yield from (one for one, level in self._levels.items() if beside & self._around[level])

    def _widened(self, key: str) -> bool:
        """Put what is around a level's owners among what is around it; whether that was more."""
        around = self._around[key]
        before = len(around)
        for owner in list(around):
            around |= self._around[self._levels[owner]]
        return len(around) > before


class Course:
    """What is interrupted in a case, entry by entry."""

    def __init__(self) -> None:
        self._entries: list[Mapping[str, Any]] = []
        self._stays: dict[Station, Stay] = {}
        self._program: Program | None = None

    def take(self, fields: Mapping[str, Any], program: Program) -> set[Station]:
        """What the next entry has interrupted.

        :param program: what the case runs on after it.
        """
        self._entries.append(fields)
        if program is not self._program:
            self._program, self._interruptions = program, Interruptions(program)
        if fields["kind"] in BACKWARD:
            gone = undone(self._entries)
            stand = [one for one in self._entries if one["seq"] not in gone]
            self._stays = self._interruptions.go_on({}, stand)
            return set()
        before, self._stays = self._stays, self._interruptions.go_on(self._stays, [fields])
        cut = {one for one, stay in self._stays.items() if stay == Stay.INTERRUPTED}
        return {one for one in cut if before.get(one) != Stay.INTERRUPTED}
