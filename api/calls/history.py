"""The auditor's calls: read a case's history, re-execute it, prove it; and the office's own chains."""

from __future__ import annotations

from flask import Response

from api import answers, log
from api.auth import current_person
from api.calling import Calls
from api.preconditions import once
from api.schemas import inputs, queries, views
from api.serving import office
from engine.office.person import Scope
from engine.office.views import ConformanceView

history = Calls("history", __name__, about="What happened, provably.", scope=Scope.READ)


@history.call("GET", "/cases/<number>/history", answers={200: views.EntryPage}, problems=("forbidden", "not-found"))
def read_history(number: str, query: queries.Entries) -> Response:
    """Read the entries of a case's history, from the first on."""
    page = office().history.entries(number, by=current_person(), **query.model_dump())
    log.about_case(number)
    return answers.page(page)


@history.call("GET", "/cases/<number>/replay", answers={200: views.ReplayedState}, problems=("forbidden", "not-found"))
def replay_case(number: str, query: queries.Replay) -> Response:
    """Re-execute a case's history and answer the state after an entry.

    With `to`, the state after that later moment, and what has changed since `at`. Nothing is changed and nothing leaves
    the office: timers and messages come from the history.
    """
    state = office().history.replay(number, by=current_person(), at=query.at, to=query.to)
    log.about_case(number)
    return answers.json(state)


@history.call("POST", "/cases/<number>/verify", answers={200: views.Verification}, problems=("forbidden", "not-found"))
def verify_case(number: str, body: inputs.Nothing) -> Response:
    """Prove that a case's history, and every row derived from it, holds."""
    result = office().history.verify(number, by=current_person(), once=once(body.model_dump()))
    log.about_case(number)
    return answers.json(result)


@history.call("GET", "/history", answers={200: views.EntryPage})
def search_histories(query: queries.Search) -> Response:
    """Search the histories of all cases that one may see, the latest entry first.

    What auditors and administrators search for is recorded, as all that they read.
    """
    return answers.page(office().history.search(by=current_person(), **query.model_dump()))


@history.call("GET", "/conformance", answers={200: ConformanceView}, problems=("forbidden", "not-found"))
def read_conformance(query: queries.Conformance) -> Response:
    """Hold the histories of the cases on a version of a process against its diagram.

    `fitting` cases took a way that the diagram has; `deviations` tells which of them left the ordinary course, and how:
    sent back, taken back, moved to another version, suspended, extended, withdrawn, failed, reported up or returned.
    Of each the last cases are named, and all of the one that `every` is; those that a number counts are `named`.
    """
    return answers.json(office().conformance.read(**query.model_dump(), by=current_person()))


@history.call("GET", "/history/office", answers={200: views.ActPage}, problems=("forbidden", "not-found"))
def read_office(query: queries.Acts) -> Response:
    """Read what was done to the office itself: people, tokens, catalogue, definitions, calendar, settings, keys.

    With `chain`, who read what, and what was refused to whom, on a day.
    """
    page = office().ledger.entries(query.chain, by=current_person(), limit=query.limit, cursor=query.cursor)
    return answers.page(page)


@history.call("GET", "/history/chains", answers={200: views.ChainListing}, problems=("forbidden",))
def list_chains() -> Response:
    """List the office's own chains, each with its last entry."""
    return answers.listing(office().ledger.chains(by=current_person()))
