"""The pages that people work with: server-rendered, Chinese with an English switch.

They call the same `engine.Office` as the JSON API and decide nothing about cases themselves.
"""

from __future__ import annotations

from flask import Blueprint

from api.pages import (
    acceptance,
    account,
    admin,
    board,
    bulk,
    case,
    cases,
    comments,
    definitions,
    errors,
    figures,
    filters,
    histories,
    inbox,
    look,
    materials,
    mentions,
    modeler,
    own,
    playback,
    ratings,
    session,
    substitutions,
    task,
    tracking,
)
from engine.errors import YichuangError

blueprint = Blueprint("pages", __name__)

for part in (
    account,
    admin,
    board,
    inbox,
    bulk,
    filters,
    substitutions,
    task,
    acceptance,
    cases,
    case,
    comments,
    materials,
    mentions,
    own,
    playback,
    histories,
    figures,
    ratings,
    definitions,
    modeler,
    tracking,
):
    blueprint.register_blueprint(part.blueprint)

blueprint.before_request(session.check_form)
blueprint.after_app_request(look.protect)
blueprint.register_error_handler(YichuangError, errors.refused)
