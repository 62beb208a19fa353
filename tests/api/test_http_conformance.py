"""The server held to its own document: requests made up from it, good and bad, and answers checked against it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from api.calls import BASE, GROUPS
from api.openapi import path_of
from tests.api.calling import Caller

OPERATIONS = [(operation.method, BASE + path_of(operation.rule)) for group in GROUPS for operation in group.operations]


#: What fits the schema may still be no matter, window or person of this office: refusing it is no fault.
#: Of several values of one parameter the tool sends only the last, which may be good.
EXCLUDED = {"GET": [positive_data_acceptance, negative_data_rejection], "POST": [positive_data_acceptance]}
EXCLUDED |= {"PUT": EXCLUDED["POST"], "DELETE": EXCLUDED["GET"]}


class _Current:
    """The application of the test that runs: the document, the same for all, is read once."""

    app: Flask

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.app(environ, start_response)


CURRENT = _Current()


@cache
def schema() -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", CURRENT)


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_one_that_the_document_names(
    app: Flask, callers: dict[str, Caller], method: str, path: str
) -> None:
    CURRENT.app = app
    operation = schema()[path][method]
    for mode in GenerationMode:

        @settings(max_examples=5, deadline=None, derandomize=True, database=None, suppress_health_check=[*HealthCheck])
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            case.call_and_validate(headers=callers["admin"].headers, excluded_checks=EXCLUDED[method])

        check()
