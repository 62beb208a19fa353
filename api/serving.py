"""Which office this application serves."""

from __future__ import annotations

from flask import Flask, current_app

from engine import Office

_NAME = "office"


def serve(app: Flask, office: Office) -> None:
    """Let `app` serve `office`."""
    app.extensions[_NAME] = office


def office() -> Office:
    """The office that the current application serves."""
    served: Office = current_app.extensions[_NAME]
    return served
