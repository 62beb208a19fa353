"""``python -m tests.fuzz.steered --seconds 60``: inputs steered by the branches of our Python that they reach.

atheris (libFuzzer) keeps an input that reaches a branch for the first time, and goes on from it. Each reader has a
process and so many seconds of its own; what is neither taken nor refused in words is kept, and named.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

#: Each reader of `tests.fuzz.targets`, what it begins with there, and how long an input may be, in bytes.
READERS = {
    "feel_expression": ("EXPRESSIONS", 400),
    "feel_test": ("TESTS", 200),
    "json_text": ("BODIES", 1_000),
    "list_cursor": ("CURSORS", 200),
    "file_name": ("NAMES", 400),
    "file_content": ("FILES", 2_000),
}
#: Of these the input is bytes, of the others text.
_OF_BYTES = frozenset({"json_text", "file_content"})


def steer(reader: str, folder: Path, seconds: int) -> None:
    """Feed one reader; ends the process, with 0 where each input was taken or refused."""
    import atheris

    with atheris.instrument_imports(
        include=["engine.feel", "engine.materials", "engine.office.cursor", "api.strict_json"]
    ):
        from tests.fuzz import targets

    begins, longest = READERS[reader]
    for number, sample in enumerate(getattr(targets, begins)):
        (folder / str(number)).write_bytes(sample if isinstance(sample, bytes) else sample.encode())
    take = getattr(targets, reader)

    def given(content: bytes) -> None:
        # What is no UTF-8 becomes lone surrogates, as JSON can bring them.
        take(content if reader in _OF_BYTES else content.decode("utf-8", "surrogateescape"))

    limits = (f"-max_total_time={seconds}", f"-max_len={longest}", f"-timeout={int(targets.LONGEST) + 1}")
    atheris.Setup([reader, *limits, f"-artifact_prefix={folder}/", "-print_final_stats=1", str(folder)], given)
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.steered", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each reader")
    parser.add_argument("--reader", choices=READERS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder:
        steer(given.reader, given.folder, given.seconds)
    failed = 0
    for reader in [given.reader] if given.reader else READERS:
        folder = Path(tempfile.mkdtemp(prefix=f"steered-{reader}-"))
        command = [sys.executable, "-m", __spec__.name, "--reader", reader, "--folder", str(folder)]
        done = subprocess.run([*command, "--seconds", str(given.seconds)], capture_output=True, text=True, check=False)
        tried = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        kept = len([*folder.iterdir()])
        print(f"{reader:20} {tried[1] if tried else '?':>10} inputs, {kept} reach what others do not", flush=True)
        if done.returncode:
            failed = 1
            told = done.stdout[-1500:] + done.stderr[-1500:]
            print(f"{reader} fails ({done.returncode}); what it was given is in {folder}:\n{told}", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
