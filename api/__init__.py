"""HTTP and shell: what stands between `engine.Office` and the outside. No rule of handling lives here."""

from api.application import create_app

__all__ = ["create_app"]
