"""`erase`: applicants whose cases have been kept for long enough, or one who is to be forgotten."""

from __future__ import annotations

import click

from api.shell import table
from api.shell.group import as_option, json_option, office, person, write_json


@click.command("erase")
@click.option(
    "--applicant-of", "number", metavar="NUMBER", help="The applicant of this case, whatever the periods say."
)
@click.option("--reason", metavar="TEXT", help="Why; it stays for good, so nothing personal belongs in it.")
@click.option("--dry-run", is_flag=True, help="Only say who would be erased.")
@as_option(required=False)
@json_option
def erase(number: str | None, reason: str | None, dry_run: bool, username: str | None, as_json: bool) -> None:
    """Erase applicants: destroy the key under which everything personal of theirs is sealed.

    Without options, those all of whose cases have ended and been kept for the years that their matters want. Histories,
    proofs and statistics stay as they are. It cannot be undone.
    """
    if (number is None) != (reason is None):
        raise click.UsageError("--applicant-of and --reason go together.")
    with office() as opened:
        by = person(opened, username) if username is not None else None
        if number is not None and reason is not None:
            erased = [opened.erasure.one(number, reason, by=by, dry_run=dry_run)]
        else:
            erased = list(opened.erasure.expired(by=by, dry_run=dry_run))
    if as_json:
        return write_json({"dry_run": dry_run, "items": erased})
    click.echo(table.rows(("APPLICANT", "CASES"), ((one["applicant"], " ".join(one["cases"])) for one in erased)))
    click.echo(f"{len(erased)} applicants {'would be' if dry_run else 'were'} erased.")
