"""Bodies of the calls. Only form is checked here; whether a value makes sense is the office's to say."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from engine.definitions.model import MOST_PRIORITY
from engine.office.cases import MOST_NEEDED

#: Most tasks that one request may complete.
MOST_TASKS = 200

Data = Annotated[
    dict[str, Any],
    Field(
        description="Values by field name. Numbers must survive as doubles (RFC 8785).",
        json_schema_extra={"examples": [{"remarks": "材料齐全"}]},
    ),
]
Reason = Annotated[
    str, Field(min_length=1, max_length=4000, description="Why: it goes into the history and to the applicant.")
]


class Body(BaseModel):
    """A JSON object with the members that the model names, and no others."""

    model_config = ConfigDict(extra="forbid")


class Applicant(Body):
    """The person or organisation that a case is for."""

    # Fields that are empty are for the office to refuse, so that all faults of an applicant are told at once.
    name: str = Field(json_schema_extra={"minLength": 1}, max_length=200, examples=["测试甲"])
    id_type: str = Field(
        min_length=1,
        max_length=64,
        description="Kind of identity document: `resident_id` (居民身份证), `uscc` (统一社会信用代码), `passport`, "
        "`hk_macao_permit`, `taiwan_permit` or `permanent_residence`.",
        examples=["resident_id"],
    )
    id_number: str = Field(json_schema_extra={"minLength": 1}, max_length=64, examples=["11010519491231002X"])
    phone: str = Field(json_schema_extra={"minLength": 1}, max_length=32, examples=["13800000000"])
    email: str | None = Field(
        default=None,
        max_length=254,
        description="Where each notice of the case goes by mail besides, if the applicant wants it there.",
        examples=["someone@example.cn"],
    )


class StartCase(Body):
    """A matter that is accepted at a window."""

    matter: str = Field(min_length=1, max_length=32, description="Code of the matter; see `GET /matters`.")
    applicant: Applicant
    data: Data = Field(default_factory=dict)
    channel: str = Field(
        default="window",
        max_length=32,
        description="How it came in: `window`, `online`, `phone`, `mail` or `self-service`.",
    )
    window: str | None = Field(
        default=None, max_length=32, description="Code of the window, where you serve more than one."
    )


class WithReason(Body):
    """Why something is done to the case."""

    reason: Reason


class RetryCases(WithReason):
    """Which failed cases to try again."""

    matter: str | None = Field(default=None, max_length=32, description="Code of the matter.")
    type: str | None = Field(default=None, max_length=16, examples=["promised"])
    unit: str | None = Field(default=None, max_length=64, description="Unit that accepted them, or one above it.")
    element: str | None = Field(
        default=None, max_length=255, description="Id of the element at which something failed."
    )
    limit: int = Field(default=MOST_TASKS, ge=1, le=MOST_TASKS, description="Most cases to try again.")


class Suspend(WithReason):
    """Stop the clock."""

    ground: str = Field(
        min_length=1,
        max_length=64,
        description="What is not counted (行政许可法 art. 45): `hearing`, `tender`, `auction`, `inspection`, "
        "`testing`, `quarantine`, `appraisal` or `expert-review`.",
        examples=["expert-review"],
    )
    days: int | None = Field(
        default=None,
        ge=1,
        le=MOST_NEEDED,
        description="Working days that it is thought to take, of which the applicant is told; it moves nothing.",
        examples=[20],
    )


class Extend(WithReason):
    """Move the limit."""

    days: int = Field(ge=1, description="Working days to add.")


class AssignAgent(WithReason):
    """Change who carries the case."""

    agent: str = Field(min_length=1, max_length=64, description="Username of the new agent.")


class Prioritise(WithReason):
    """How pressing a case is."""

    priority: int | None = Field(
        ge=0, le=MOST_PRIORITY, description="Null: each task is as its diagram says, or 50.", examples=[80]
    )


class Remind(Body):
    """What is said with a reminder."""

    note: str | None = Field(default=None, max_length=1000, examples=["申请人来电催问"])
    task: str | None = Field(
        default=None, max_length=64, description="Id of the task that is meant; all open ones where left out."
    )


class Message(Body):
    """A BPMN message to the case."""

    name: str = Field(min_length=1, max_length=255, description="Name of the message as the diagram writes it.")
    payload: dict[str, Any] = Field(default_factory=dict, description="What the message carries.")


class Material(Body):
    """What a form says of the file in it."""

    material: str | None = Field(
        default=None,
        max_length=200,
        description="Which of the matter's materials it is, by name; left out where its list does not ask for it.",
    )
    source: str = Field(
        default="applicant",
        max_length=16,
        description="Where it comes from: `applicant`, `agent` (who acts for the applicant), `issuer`, `shared` (a "
        "platform on which offices share data) or `window` (which made the copy).",
    )
    grade: str = Field(
        default="C",
        max_length=1,
        description="Trust grade by 国办函〔2016〕108号: `A` from its issuer, `B` checked against the original at a "
        "window, `C` handed in and to be checked, `D` the applicant's own statement.",
    )
    copies: int = Field(default=1, ge=1, le=99)
    note: str | None = Field(default=None, max_length=1000)
    replaces: str | None = Field(default=None, max_length=32, description="Id of the material in whose place it comes.")


class VerifyMaterial(Body):
    """How far a file is trusted."""

    grade: str = Field(min_length=1, max_length=1, description="`A`, `B`, `C` or `D`.", examples=["B"])
    reason: str | None = Field(
        default=None, max_length=4000, description="What was checked, where it is not just the original."
    )


TimeToLive = Annotated[
    int, Field(ge=0, le=31_622_400, description="Seconds for which it is kept where nobody waits for it; 0 refuses it.")
]


class CaseMessage(Message):
    """A BPMN message to the case, which may be kept until it waits for it."""

    time_to_live: TimeToLive = 0


class KeyedMessage(Message):
    """A BPMN message to whoever waits for it with that key."""

    correlation_key: str | int | float = Field(description="Text or number.", examples=["INV-2026-0042"])
    time_to_live: TimeToLive = 0


class Signal(Body):
    """A BPMN signal to all cases."""

    name: str = Field(min_length=1, max_length=255, description="Name of the signal as the diagrams write it.")
    payload: dict[str, Any] = Field(default_factory=dict, description="What the signal carries.")


class Migrate(Body):
    """Which running cases go to which version."""

    to: int = Field(ge=1, description="Number of the version that they go to.")
    old: int | None = Field(
        default=None, alias="from", ge=1, description="Only cases on this version; on any other where left out."
    )
    mapping: dict[str, str] = Field(
        default_factory=dict,
        description="Elements, flows too, with another id in the version `to`: old id to new id.",
        json_schema_extra={"examples": [{"Activity_0k3x": "Activity_review"}]},
    )
    cases: list[Annotated[str, Field(max_length=64)]] | None = Field(
        default=None, max_length=1000, description="Numbers of the only cases that are meant."
    )
    dry_run: bool = Field(default=False, description="Say what can move, and move nothing.")


class Comment(Body):
    """A remark in the case's file."""

    text: str = Field(min_length=1, max_length=4000)


class CompleteTask(Body):
    """What the task's form was filled in with."""

    data: Data = Field(default_factory=dict)


class Delegate(Body):
    """To whom a task goes."""

    to: str = Field(min_length=1, max_length=64, description="Username of the colleague.")


class SendBack(WithReason):
    """Back to an earlier step."""

    to: str | None = Field(
        default=None, max_length=255, description="Id of the element; the step just before where it is left out."
    )


class Nothing(Body):
    """No members: the call needs none."""


class OneOfMany(CompleteTask):
    """One task of a bulk completion."""

    id: str = Field(min_length=1, max_length=64)
    version: int | None = Field(default=None, description="The task's version that you read, as in `If-Match`.")


class CompleteTasks(Body):
    """Tasks to complete, each by itself."""

    tasks: list[OneOfMany] = Field(min_length=1, max_length=MOST_TASKS)


class CalendarDay(Body):
    """A day of the office's own."""

    date: str = Field(min_length=10, max_length=10, description="ISO 8601 date.", examples=["2026-10-08"])
    kind: str = Field(max_length=16, description="`closed` or `worked`.", examples=["closed"])
    reason: str = Field(min_length=1, max_length=200, description="Why the day is not as published.", examples=["台风"])


class Substitute(Body):
    """Who stands in, and on which days."""

    substitute: str = Field(
        min_length=1, max_length=64, description="Username of a colleague with the same role in a unit of yours."
    )
    since: str = Field(min_length=10, max_length=10, description="First day, ISO 8601.", examples=["2026-10-09"])
    until: str = Field(min_length=10, max_length=10, description="Last day, ISO 8601.", examples=["2026-10-16"])
    username: str | None = Field(
        default=None, max_length=64, description="Who is away, where that is not you: for administrators."
    )


class Closing(Body):
    """When the office's day ends."""

    at: str = Field(min_length=5, max_length=5, description="Time of day, or `24:00`.", examples=["17:30"])


Worker = Annotated[
    str,
    Field(min_length=1, max_length=255, description="The worker's own name: one account may have several."),
]
LockSeconds = Annotated[
    int, Field(ge=1, le=86_400, description="For how long nobody else gets the jobs.", examples=[60])
]


class FetchJobs(Body):
    """Which jobs a worker takes on."""

    topics: list[Annotated[str, Field(min_length=1, max_length=255)]] = Field(
        min_length=1, max_length=50, description="As the diagrams name them.", examples=[["pay"]]
    )
    worker: Worker
    max: int = Field(default=10, ge=1, le=100, description="Most jobs to give.")
    lock_seconds: LockSeconds = 60


class CompleteJob(Body):
    """What came of a job."""

    worker: Worker
    data: Data = Field(default_factory=dict)


class FailJob(Body):
    """Why a job could not be done."""

    worker: Worker
    message: str = Field(min_length=1, max_length=4000, description="Why, for who looks after the case.")
    retries: int | None = Field(
        default=None, ge=0, le=100, description="How often it may still be tried; by default once less than before."
    )
    retry_after: int | None = Field(
        default=None,
        ge=0,
        le=2_592_000,
        description="Seconds until it may be tried again; by default as the diagram or the office's rule says.",
    )
    error_code: str | None = Field(
        default=None,
        min_length=1,
        max_length=255,
        description="Ends the job in this BPMN error, which a boundary event catches, instead of trying it again.",
    )
    data: Data = Field(default_factory=dict)


class ExtendJob(Body):
    """How much longer a worker needs."""

    worker: Worker
    lock_seconds: LockSeconds = 60


class AskFor(Body):
    """What a citizen says who waits for a case."""

    code: str = Field(min_length=1, max_length=64, description="Tracking code from the slip.")
    note: str | None = Field(default=None, max_length=1000)


class Rating(Body):
    """What a citizen says of how the case was handled."""

    code: str = Field(min_length=1, max_length=64, description="Tracking code from the slip.")
    level: int = Field(ge=1, le=5, description="From 1, very dissatisfied, to 5, very satisfied.", examples=[5])
    comment: str | None = Field(default=None, max_length=1000)


class RatingAnswer(Body):
    """What the office did about a rating."""

    text: str = Field(min_length=1, max_length=4000, description="What was done, and how the citizen was told.")
