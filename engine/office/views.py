"""What the office answers: JSON-ready dictionaries with the field names of the HTTP API.

Times are RFC 3339 strings with offset in the office's zone. A `TypedDict` rather than a class, so that
the shell, the API, the idempotency record and a Python caller all see the same thing without conversion.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from engine.figures import SpreadView
from engine.history.difference import Change


class ApplicantView(TypedDict):
    """The person or organisation that a case is for."""

    name: str
    id_type: str
    id_number: str
    phone: str
    #: Where notices go by mail besides; only where the applicant has given it.
    email: NotRequired[str]


class DoneView(TypedDict):
    """A task that was completed, and by whom."""

    element: str
    name: str
    by: str


class TaskView(TypedDict):
    """An open (or, read by id, a closed) task. `form` and what follows only where one task is read."""

    id: str
    case: str
    matter: str
    matter_name: str
    type: str | None
    applicant: str
    process: str
    element: str
    name: str
    #: As the diagram names it, such as ``window:leader``.
    group: str
    #: Unit and role that the group stands for in this case; role null means any member.
    unit: str | None
    role: str | None
    assignee: str | None
    due: str | None
    #: The limit of the whole case.
    case_due: str | None
    #: Whether `due`, or `case_due` where the task has none of its own, lies in a year that is not published yet.
    due_provisional: bool
    #: Whether the task's own due instant has passed, or the case's where it has none.
    overdue: bool
    created: str
    #: How pressing it is, from 0 to 100.
    priority: int
    #: When somebody last reminded of it.
    reminded: str | None
    #: ``open``, ``completed`` or ``cancelled``.
    status: str
    #: Sequence number of the task's last change: its entity tag is made of this.
    version: int
    #: Whom the person who reads stands in for: the assignee, where that is a colleague who is away.
    on_behalf_of: NotRequired[str | None]
    #: What it checks: whoever completed one of these may not do it.
    not_by: NotRequired[list[DoneView]]
    instructions: NotRequired[str]
    #: A form-js schema, or null where the task has no form.
    form: NotRequired[dict[str, Any] | None]
    #: The case's data that the task sees.
    data: NotRequired[dict[str, Any]]
    #: What the form's expressions read beside that data: `case`, `matter`, `window`, `office`.
    facts: NotRequired[dict[str, Any]]
    #: What the form shows first: defaults and values at hand.
    initial: NotRequired[dict[str, Any]]
    #: Before acceptance: in how many other cases the applicant broke an undertaking to hand something in later.
    broken_undertakings: NotRequired[int]


class AnswerView(TypedDict):
    """An answer in a form that decides what comes next."""

    #: Key of the field.
    field: str
    #: The values that lead there; null stands for no answer.
    values: list[Any]


class ReachedView(TypedDict):
    """What comes when a task is completed."""

    #: Key of its process and id of the element; empty where a branch ends.
    process: str
    element: str
    #: Local BPMN name; ``endEvent`` is the end of the case, and empty where only a branch ends.
    kind: str
    name: str
    #: ``instances`` or ``branches`` where others must be done before, else empty.
    when: str
    #: Where neither the data nor one answer tells whether it comes: names of the flows that may lead there, else null.
    flows: list[str] | None


class FollowingView(TypedDict):
    """What comes when a task is completed with certain answers; with any, where there are none."""

    answers: list[AnswerView]
    reached: list[ReachedView]


class DraftView(TypedDict):
    """What a person has typed into a task's form so far."""

    task: str
    data: dict[str, Any]
    saved: str


class EarlierView(TypedDict):
    """A step from which an open task came."""

    element: str
    name: str
    #: Who completed it, and when.
    by: str
    at: str
    #: Why it cannot be gone back to; null where it can.
    barred: str | None


class OfferView(TypedDict):
    """A message that a case waits for."""

    name: str
    #: What the designer called the event that takes it.
    label: str
    process: str
    element: str
    #: Names in its payload that the diagram reads.
    asks: list[str]
    #: The last day on which it may come, in the office's zone; null where no timer ends the waiting.
    until: str | None


class WaitView(TypedDict):
    """Where a case waits for something else than people's work."""

    process: str
    element: str
    name: str
    #: Names of the messages of which one may end the waiting.
    messages: list[str]
    #: The last day of the waiting, in the office's zone; null where no timer ends it.
    until: str | None


class ReturnView(TypedDict):
    """What the applicant is told of a return (退回) that is under way."""

    #: Whether the notice was served; else it is being made.
    served: bool
    right_office: str | None
    #: The last day on which a review can be asked for.
    review_until: str | None


class UndertakingView(TypedDict):
    """What the applicant has undertaken to hand in later (容缺受理)."""

    #: Names of materials of the matter's list.
    materials: list[str]
    #: The last day on which they may come, in the office's zone.
    until: str
    #: ``open``, ``kept`` (all in the file and verified), ``broken`` (recorded as that) or ``lapsed`` (the case ended).
    state: str
    #: Whether that day has passed while it is open.
    late: bool


class CaseSummary(TypedDict):
    """A row of a list of cases."""

    number: str
    matter: str
    matter_name: str
    type: str | None
    status: str
    due: str | None
    #: Whether the limit reaches into a year whose holidays are not published yet.
    due_provisional: bool
    overdue: bool
    window: str
    unit: str
    agent: str
    applicant: str
    received: str
    accepted: str | None
    #: When what is answered was decided, where the diagram says it: that meets the limit.
    decided: str | None
    ended: str | None
    #: State of what the applicant undertook to hand in later; null where the applicant undertook nothing.
    undertaking: str | None


class IncidentView(TypedDict):
    """Why a case that is `failed` cannot go on by itself."""

    element: str
    cause: str


class LimitView(TypedDict):
    """What a case's limit is made of, in working days."""

    #: What the matter promised when the case came in; 0 ends on the day of acceptance.
    days: int
    #: Added with leave, and taken out while the clock stood still.
    extended: int
    excluded: int
    #: Since when the clock stands still; null while it runs.
    suspended: str | None
    #: By how many working days what is decided, or has ended, missed it: 0 within one, null where it did not.
    missed_by: int | None


class CaseView(TypedDict):
    """One case, whole."""

    number: str
    tracking_code: str
    matter: str
    matter_name: str
    type: str | None
    status: str
    due: str | None
    due_provisional: bool
    overdue: bool
    limit: LimitView
    window: str
    unit: str
    agent: str
    channel: str
    #: How pressing a leader has said that all its tasks are; null where each is as its diagram says.
    priority: int | None
    applicant: ApplicantView
    received: str
    accepted: str | None
    #: When what is answered was decided, where the diagram says it: that meets the limit.
    decided: str | None
    ended: str | None
    #: What the applicant undertook to hand in later; null where the applicant undertook nothing.
    undertaking: UndertakingView | None
    tasks: list[TaskView]
    data: dict[str, Any]
    incidents: list[IncidentView]
    #: Process key → version that the case runs on; `definition` is the root's key.
    definition: str
    versions: dict[str, int]
    #: Elements that hold a token now: ``{element, scope}``.
    tokens: list[dict[str, Any]]
    #: Names of the messages that the case would take now (withdraw, report, return, …).
    offers: list[str]
    #: Sequence number of the last entry: the case's entity tag is made of this.
    version: int


class EntryView(TypedDict):
    """One entry of a case's history, as recorded; personal fields opened for who may read them."""

    case: str
    seq: int
    at: str
    actor: str
    kind: str
    #: What the entry is about: an element, and the key of the process that holds it.
    process: str | None
    element: str | None
    input: dict[str, Any]
    outcome: dict[str, Any]
    state: str
    previous: str
    hash: str


class ObstacleView(TypedDict):
    """Why a case cannot move to another version: null where it is no element's fault."""

    process: str | None
    element: str | None
    reason: str


#: What came of the move of one case: its number, `from` and `to` which version, and why it cannot move.
MoveView = TypedDict(
    "MoveView",
    {
        "number": str,
        "from": int | None,
        "to": int,
        "can_move": bool,
        "moved": bool,
        "because": list[ObstacleView],
    },
)


class MigrationView(TypedDict):
    """What came of moving cases to another version, or would."""

    definition: str
    to: int
    dry_run: bool
    #: How many can move, have moved, and cannot.
    can_move: int
    moved: int
    refused: int
    cases: list[MoveView]


class ElementInUseView(TypedDict):
    """What cases do at one element of a version."""

    element: str
    #: How many tokens of running cases are there now.
    tokens: int
    #: From the beginning of a task to its completion; null where none was completed.
    duration: SpreadView | None


class VersionInUseView(TypedDict):
    """Where the running cases on a version are."""

    key: str
    version: int
    #: Running cases on it, and those of them that have come to it: others may call it yet.
    cases: int
    inside: int
    elements: list[ElementInUseView]


class ActView(TypedDict):
    """One entry of one of the office's own chains."""

    chain: str
    seq: int
    at: str
    actor: str
    kind: str
    #: What was done, to what.
    about: dict[str, Any]
    previous: str
    hash: str


class ChainView(TypedDict):
    """One of the office's own chains."""

    chain: str
    entries: int
    #: Hash of the last entry.
    head: str


class Page(TypedDict):
    """A page of a list; `next` is the cursor of the page after it, or null."""

    items: list[Any]
    next: str | None


class FirstBad(TypedDict):
    """The first entry that does not hold."""

    case: str
    seq: int
    reason: str


class CaseProof(TypedDict):
    """Whether a case holds: its history, and every row that follows from it."""

    number: str
    ok: bool
    #: How many entries hold, from the first.
    entries: int
    first_bad: FirstBad | None


class CheckpointView(TypedDict):
    """A checkpoint that was made."""

    origin: str
    cases: int
    #: The office's own chains, which stand in it beside the cases.
    chains: int
    #: How many of both have gone on, or come in, since the one before it.
    changed: int
    root: str
    at: str
    public_key: str


class BackupView(TypedDict):
    """A backup that was made."""

    origin: str
    #: The moment of which it is.
    at: str
    cases: int
    files: int
    bytes: int
    #: Digest (hex) of the backup.
    sha256: str


class RestoredView(TypedDict):
    """A backup that was brought back."""

    origin: str
    #: The moment of which it is.
    at: str
    cases: int
    files: int
    #: Where the checkpoints are that were there before.
    kept: str | None


class KeptView(TypedDict):
    """What came of holding the office against checkpoints that were kept."""

    ok: bool
    checkpoints: int
    #: How many heads of cases were looked up.
    heads: int
    #: When the last of them was made.
    last: str
    first_bad: FirstBad | None


class MisfitView(TypedDict):
    """Where the course of a case is none that its diagram has."""

    case: str
    seq: int
    #: That was not reached along a flow.
    element: str


class DeviationView(TypedDict):
    """One way of leaving the ordinary course."""

    #: One of `engine.office.conformance.DEVIATIONS`.
    kind: str
    #: How many cases did, and how often.
    cases: int
    times: int
    #: Numbers of them, those that came in last first; only some, unless all of this kind were asked for.
    examples: list[str]


class ConformanceView(TypedDict):
    """How the courses of the cases on a version of a process fit its diagram."""

    process: str
    version: int
    #: Cases that have come to the process.
    cases: int
    #: Whether there are more, which were not looked at.
    cut: bool
    #: Whose course is one that the diagram has.
    fitting: int
    #: Those of them that never left the ordinary course.
    ordinary: int
    #: Numbers of all those that one of these three counts, where they were asked for.
    named: list[str]
    misfits: list[MisfitView]
    deviations: list[DeviationView]


class NoteView(TypedDict):
    """A record of a file of checkpoints: a checkpoint, or a change of the key, which has neither size nor root."""

    #: From 1.
    number: int
    at: str
    #: How many cases and chains stand in it, and how many of them have gone on since the one before.
    size: int | None
    changed: int | None
    root: str | None
    #: Under which it is verified (hex).
    public_key: str
    #: As it was signed (C2SP signed-note).
    note: str


class ConsistencyView(TypedDict):
    """That one checkpoint follows another, for a verifier that knows nothing of the office."""

    #: Under which the first note is verified (hex); a change of the key among the notes names the next.
    public_key: str
    #: From the first checkpoint to the second, each naming the one before.
    notes: list[str]


class InclusionView(TypedDict):
    """That a case stands in a checkpoint, for a verifier that knows nothing of the office."""

    note: str
    public_key: str
    #: Number of the case, sequence number and hash of its last entry.
    head: list[Any]
    index: int
    #: Hashes (hex) from the leaf to the root (RFC 9162 §2.1.3.1).
    proof: list[str]


class SignedView(TypedDict):
    """How far a case's history stands in the last checkpoint."""

    #: When it was signed.
    at: str
    #: Number of the case's last entry of then.
    seq: int
    #: What is wrong with that entry today; null where it is as it was signed.
    fault: str | None


class ErasedView(TypedDict):
    """An applicant who was, or would be, erased."""

    #: The id under which the applicant's fields are sealed; it says nothing of who it was.
    applicant: str
    #: Numbers of all cases of the applicant.
    cases: list[str]


class NoticeView(TypedDict):
    """A notice that a case gave to its applicant."""

    id: str
    case: str
    title: str
    #: Name of the template's file.
    name: str
    #: The element that gave it, and that element's name.
    process: str
    element: str
    element_name: str
    given: str
    #: Sequence number of the entry whose step gave it.
    seq: int
    #: SHA-256 (hex) of the template's file, and of what the notice says: the entry holds this one.
    template: str
    digest: str
    #: Whether it went to the applicant by mail: ``waiting``, ``sent`` or ``failed`` (it was given up: hand it over
    #: another way); null where the applicant gave no address.
    mail: str | None


class MaterialView(TypedDict):
    """A file that was handed in for a case, without its content."""

    id: str
    case: str
    #: Which of the matter's materials it is; null where its list does not ask for it.
    material: str | None
    #: Name of the file, without anything that means a place.
    name: str
    media_type: str
    #: Bytes.
    size: int
    #: SHA-256 (hex) of the content, and of the encrypted bytes that are stored: the history has the latter.
    sha256: str
    digest: str
    #: Where it comes from: ``applicant``, ``agent``, ``issuer``, ``shared`` or ``window``.
    source: str
    #: Trust grade by 国办函〔2016〕108号, ``A`` to ``D``.
    grade: str
    copies: int
    note: str | None
    #: ``present``, ``withdrawn`` or ``replaced``.
    status: str
    added: str
    added_by: str
    verified: str | None
    verified_by: str | None
    #: Id of the material in whose place it came.
    replaces: str | None
    #: Sequence number of the entry that changed it last.
    version: int


class Frame(TypedDict):
    """A case after one entry of its history, as far as a playback shows it."""

    seq: int
    at: str
    status: str
    type: str | None
    due: str | None
    #: Where a token was: ``{process, element}``, once a token.
    tokens: list[dict[str, str]]
    #: From where the entry took tokens away before they went on: ``{process, element}``.
    interrupted: list[dict[str, str]]
    #: What the entry changed besides tokens, by JSON pointer.
    changes: list[Change]


class Fault(TypedDict):
    """Why a playback ends before the history does."""

    seq: int
    reason: str


class Playback(TypedDict):
    """The course of a case, entry by entry."""

    frames: list[Frame]
    fault: Fault | None


class TrialView(TypedDict):
    """A scenario that was played in memory, step by step."""

    #: Key of the process that it began with.
    process: str
    #: Whether everything came as expected.
    ok: bool
    status: str
    #: ``{what, line, expected, seen, met}``.
    checks: list[dict[str, Any]]
    #: After each step: what `engine.trial.Station` says.
    stations: list[dict[str, Any]]
    #: What can be done where it came to rest (see `engine.trial.openings`).
    open: list[dict[str, Any]]
    #: Of the processes of the set, the flows that were taken: ``{process, total, taken, missed}``.
    coverage: list[dict[str, Any]]
    #: ``{key, name, xml}`` of the process and of all that it calls.
    diagrams: list[dict[str, str]]
