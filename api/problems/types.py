"""Every problem type of the API: its HTTP status, and what its page under ``/problems/`` says.

The engine names problems and knows nothing of HTTP: the status of each name is written here, once.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ProblemType:
    """One kind of error that a client can tell from the others by its URI."""

    #: Last segment of the URI, such as ``stale-version``.
    name: str
    #: HTTP status (RFC 9110).
    status: int
    #: Short summary that does not change from case to case.
    title: str
    #: The same in Chinese, for the page.
    title_zh: str
    #: When it is answered.
    meaning: str
    #: What the client can do about it.
    remedy: str
    #: Seconds after which trying again makes sense (``Retry-After``), for what passes by itself.
    retry_after: int | None = None

    @property
    def uri(self) -> str:
        """The problem's `type` member: a path that answers with this documentation."""
        return f"/problems/{self.name}"


_ALL = (
    ProblemType(
        name="malformed",
        status=400,
        title="The request cannot be read",
        title_zh="请求无法解析",
        meaning="The body is not JSON (RFC 8259) in UTF-8, repeats a member's name, nests too deeply, or a "
        "header has no meaning.",
        remedy="Mend the client: the same request will never be accepted.",
    ),
    ProblemType(
        name="unauthorised",
        status=401,
        title="Log in, or send a valid token",
        title_zh="未登录或令牌无效",
        meaning="No token was sent, or it is unknown, expired or revoked, or the person is disabled.",
        remedy="Send `Authorization: Bearer TOKEN` with a token from `yichuang token new USER`.",
    ),
    ProblemType(
        name="forbidden",
        status=403,
        title="Your role or unit does not allow this",
        title_zh="无权进行此操作",
        meaning="You may see the thing, but not do this to it: the task belongs to another unit or role, or the "
        "call is reserved for another role. A request of a page without its CSRF token is refused so too.",
        remedy="Ask a colleague whose role allows it, or an administrator for the role.",
    ),
    ProblemType(
        name="not-found",
        status=404,
        title="There is nothing of that name, or it is not yours to see",
        title_zh="未找到，或无权查看",
        meaning="No such path, case, task, matter or definition exists, or your role and unit do not show it to you. "
        "The two are not told apart on purpose.",
        remedy="Check the name; follow the links and identifiers that the API gave you.",
    ),
    ProblemType(
        name="method-not-allowed",
        status=405,
        title="The path exists, but not with this method",
        title_zh="不支持该请求方法",
        meaning="The path takes the methods that the `Allow` header names.",
        remedy="Use one of these.",
    ),
    ProblemType(
        name="conflict",
        status=409,
        title="Others changed the same thing at the same moment",
        title_zh="并发冲突",
        meaning="The step lost a race again and again, although it was tried anew each time.",
        remedy="Send the same request, with the same idempotency key, once more.",
    ),
    ProblemType(
        name="task-already-completed",
        status=409,
        title="The task is no longer open",
        title_zh="任务已办结",
        meaning="Somebody completed the task, or the case went another way and the task was withdrawn.",
        remedy="Read the case again: its `tasks` say what waits now.",
    ),
    ProblemType(
        name="task-claimed-by-another",
        status=409,
        title="A colleague has claimed the task",
        title_zh="任务已被他人签收",
        meaning="The task has an assignee, and it is not you.",
        remedy="Leave it to them, ask them to give it back (`unclaim`), or let a leader delegate it.",
    ),
    ProblemType(
        name="job-not-held",
        status=409,
        title="You do not hold this job",
        title_zh="未持有此作业",
        meaning="Another worker has fetched the job, its lock ran out, nobody has fetched it, or it was given up "
        "after its last retry.",
        remedy="Drop the result and fetch anew: who does the job next is given the same id, by which the other side "
        "can tell that it is the same.",
    ),
    ProblemType(
        name="case-closed",
        status=409,
        title="The case has ended",
        title_zh="办件已终结",
        meaning="The case is completed, returned or withdrawn: nothing more can be done to it.",
        remedy="Accept a new case where the applicant wants more.",
    ),
    ProblemType(
        name="case-suspended",
        status=409,
        title="The case is suspended",
        title_zh="办件已暂停",
        meaning="A suspended case takes messages, comments, materials and its resumption, and nothing else.",
        remedy="Resume it (`POST /api/v1/cases/{number}/resume`) or wait until it is resumed.",
    ),
    ProblemType(
        name="not-offered",
        status=409,
        title="The case does not offer this where it is",
        title_zh="当前环节不提供此操作",
        meaning="The case's definition does not catch this message, or has nothing to retry or resume, at the point "
        "that the case has reached.",
        remedy="The case's `offers` name the messages that it takes now.",
    ),
    ProblemType(
        name="stale-version",
        status=412,
        title="It has changed since you read it",
        title_zh="内容已被更新",
        meaning="The `If-Match` header names another version than the present one. Nothing was done.",
        remedy="Read it again, look at what changed, decide anew and send the new `ETag`.",
    ),
    ProblemType(
        name="too-large",
        status=413,
        title="The request is larger than what is accepted",
        title_zh="请求内容过大",
        meaning="JSON bodies may have 1 MB, uploads as many as the setting `YICHUANG_MAX_UPLOAD_MB` says.",
        remedy="Send less at once.",
    ),
    ProblemType(
        name="unsupported-media-type",
        status=415,
        title="The body's media type is not read here",
        title_zh="不支持的内容类型",
        meaning="Calls with a body read `application/json`; uploads read `multipart/form-data`.",
        remedy="Set the `Content-Type` header to the one that the call reads.",
    ),
    ProblemType(
        name="validation",
        status=422,
        title="Fields are missing, wrong or unknown",
        title_zh="填写内容有误",
        meaning="`errors` lists what is wrong: for each, a JSON pointer (RFC 6901) to the field in the body, or its "
        "name in the query, and a message for the person who filled it in. Nothing was changed.",
        remedy="Mend these fields and send the request again, with a new idempotency key.",
    ),
    ProblemType(
        name="definition-invalid",
        status=422,
        title="The definition cannot be deployed",
        title_zh="流程定义有误",
        meaning="`problems` lists the findings, each with file, line, column, element, rule, severity and message. "
        "Nothing was deployed.",
        remedy="Mend the findings of severity `error`; `yichuang lint` shows the same list without a server.",
    ),
    ProblemType(
        name="idempotency-key-reused",
        status=422,
        title="The idempotency key was used with another request",
        title_zh="幂等键已用于其他请求",
        meaning="The same person sent the same key to the same path before, with another body.",
        remedy="Make a new key for each new request; keep a key only to repeat one.",
    ),
    ProblemType(
        name="rate-limited",
        status=429,
        title="Too many attempts",
        title_zh="尝试次数过多",
        meaning="Log-ins or look-ups without log-in failed too often. Work with a valid log-in is never limited.",
        remedy="Wait as long as the `Retry-After` header says.",
        retry_after=60,
    ),
    ProblemType(
        name="internal",
        status=500,
        title="Something went wrong on our side",
        title_zh="系统内部错误",
        meaning="An error that nobody foresaw. It is in the server's log under the `request_id` of this answer.",
        remedy="Tell the administrator the `request_id`. Repeating the request with its idempotency key is safe.",
    ),
    ProblemType(
        name="unavailable",
        status=503,
        title="The database cannot be reached or is busy",
        title_zh="服务暂不可用",
        meaning="The request was not done.",
        remedy="Try again after the time that the `Retry-After` header says, with the same idempotency key.",
        retry_after=2,
    ),
)

#: Name → problem type, in the order of their statuses.
PROBLEM_TYPES = {problem.name: problem for problem in _ALL}

#: HTTP status of an error that Flask or Werkzeug raise by themselves → name of the problem it is.
NAME_OF_STATUS = {
    400: "malformed",
    401: "unauthorised",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "unavailable",
    412: "stale-version",
    413: "too-large",
    414: "too-large",
    415: "unsupported-media-type",
    429: "rate-limited",
    431: "too-large",
    503: "unavailable",
}
