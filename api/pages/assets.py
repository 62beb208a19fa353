"""Where the built browser assets lie: names to the hashed files that the asset build wrote."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from flask import current_app, url_for


class AssetsNotBuilt(RuntimeError):
    """The browser assets are missing: run `make setup` (or `npm ci && npm run build` in api/assets)."""


@cache
def manifest(folder: str) -> dict[str, str]:
    """The build's manifest in `folder`: name → hashed file name."""
    path = Path(folder, "vendor", "manifest.json")
    if not path.is_file():
        raise AssetsNotBuilt(AssetsNotBuilt.__doc__)
    names: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return names


def asset(name: str) -> str:
    """The URL of a built asset, such as ``app.css``."""
    return url_for("static", filename=f"vendor/{manifest(current_app.static_folder or '')[name]}")
