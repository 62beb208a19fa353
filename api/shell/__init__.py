"""The command `yichuang`: the office from the shell. Like the API it only asks `engine.Office`."""

from __future__ import annotations

import click

from api.shell import (
    audit,
    backups,
    calendar,
    cases,
    catalogue,
    database,
    definitions,
    erasing,
    export,
    expressions,
    materials,
    notices,
    people,
    proving,
    report,
    statistics,
    substituting,
    time,
    trying,
    worker,
)
from api.shell.group import Refusals


@click.group(cls=Refusals, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120})
@click.version_option(package_name="yichuang", prog_name="yichuang")
def main() -> None:
    """Yichuang 一窗: cases of a one-stop service window, from acceptance to reply.

    The office is the one that YICHUANG_DATABASE_URL names; var/yichuang.db in the current directory where it is not
    set.

    Exit codes: 0 done, 1 refused or failed with a message, 2 wrong usage.
    """


for command in (
    database.init,
    database.serve,
    worker.work,
    definitions.lint,
    definitions.check_soundness,
    definitions.deploy,
    trying.try_process,
    definitions.list_definitions,
    definitions.compare,
    definitions.migrate,
    definitions.retire,
    definitions.reactivate,
    cases.list_cases,
    cases.show_case,
    cases.start_case,
    cases.complete_task,
    cases.retry_cases,
    time.tick,
    materials.material,
    notices.notice,
    audit.show_history,
    audit.replay_case,
    proving.verify_cases,
    proving.checkpoint,
    export.export_log,
    erasing.erase,
    statistics.read_statistics,
    report.report,
    backups.backup,
    backups.restore,
    people.user,
    people.token,
    substituting.substitute,
    catalogue.unit,
    catalogue.window,
    catalogue.matter,
    calendar.calendar,
    expressions.evaluate,
):
    main.add_command(command)
