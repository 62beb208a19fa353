"""The command `yichuang`: the office from the shell. Like the API it only asks `engine.Office`."""

from __future__ import annotations

import click

from api.shell.group import Shell

_COMMANDS = {
    "init": "database:init",
    "serve": "database:serve",
    "worker": "worker:work",
    "lint": "definitions:lint",
    "soundness": "definitions:check_soundness",
    "deploy": "definitions:deploy",
    "try": "trying:try_process",
    "definitions": "definitions:list_definitions",
    "diff": "definitions:compare",
    "migrate": "definitions:migrate",
    "retire": "definitions:retire",
    "reactivate": "definitions:reactivate",
    "cases": "cases:list_cases",
    "show": "cases:show_case",
    "start": "cases:start_case",
    "complete": "cases:complete_task",
    "retry": "cases:retry_cases",
    "tick": "time:tick",
    "material": "materials:material",
    "notice": "notices:notice",
    "history": "audit:show_history",
    "replay": "audit:replay_case",
    "verify": "proving:verify_cases",
    "checkpoint": "proving:checkpoint",
    "export": "export:export_log",
    "erase": "erasing:erase",
    "statistics": "statistics:read_statistics",
    "report": "report:report",
    "backup": "backups:backup",
    "restore": "backups:restore",
    "user": "people:user",
    "token": "people:token",
    "substitute": "substituting:substitute",
    "unit": "catalogue:unit",
    "window": "catalogue:window",
    "matter": "catalogue:matter",
    "calendar": "calendar:calendar",
    "feel": "expressions:evaluate",
}


@click.group(
    cls=Shell, places=_COMMANDS, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120}
)
@click.version_option(package_name="yichuang", prog_name="yichuang")
def main() -> None:
    """Yichuang 一窗: cases of a one-stop service window, from acceptance to reply.

    The office is the one that YICHUANG_DATABASE_URL names; var/yichuang.db in the current directory where it is not
    set.

    Exit codes: 0 done, 1 refused or failed with a message, 2 wrong usage.
    """
