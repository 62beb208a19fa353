"""The event log of all cases, for other programs."""

from __future__ import annotations

from flask import Response

from api.auth import current_person
from api.calling import Calls
from api.schemas import queries
from api.serving import office
from engine.export import FORMATS

exports = Calls("exports", __name__, about="Event logs, for process mining and for proofs elsewhere.")

_MEDIA_TYPES = tuple(format.media_type for format in FORMATS.values())


@exports.call("GET", "/export", answers={200: _MEDIA_TYPES}, problems=("forbidden",))
def export_log(query: queries.Export) -> Response:
    """Read the histories of all cases as an event log.

    It is sent while it is made, however long it is. Applicants and staff have pseudonyms in it, the same in every
    export; in `jsonl`, the form for proofs, entries are as they were recorded, and what is personal stays sealed.
    """
    chunks = office().exports.write(by=current_person(), **query.model_dump())
    format = FORMATS[query.format]
    response = Response(chunks, mimetype=format.media_type)
    response.headers.set("Content-Disposition", "attachment", filename=f"yichuang{format.suffix}")
    return response
