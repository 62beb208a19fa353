"""How these pages become a site: ``make docs``. Every warning, such as a link that leads nowhere, is an error there."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

_package = ConfigParser()
_package.read(Path(__file__).parents[1] / "setup.cfg", encoding="utf-8")

project = "一窗 Yichuang"
version = release = _package["metadata"]["version"]
copyright = "the authors of Yichuang"

extensions = ["myst_parser"]
myst_heading_anchors = 4
exclude_patterns = ["_build"]
nitpicky = True

html_theme = "furo"
html_title = f"{project} {version}"
html_copy_source = False
