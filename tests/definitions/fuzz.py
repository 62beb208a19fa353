"""Reads many mutated definitions: ``python -m tests.definitions.fuzz --inputs 10000 [--seed N]``."""

from __future__ import annotations

import argparse

from tests.definitions.definition_mutations import report, run


def main() -> None:
    """Read them, print what came of it; an assertion names the mutant that was not read as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print("\n".join(report(run(given.inputs, given.seed))))


if __name__ == "__main__":
    main()
