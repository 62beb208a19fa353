"""``python -m tests.fuzz --inputs 1000000``: so many broken inputs for everything that reads; exits 1 on a fault.

The same number of inputs from the same ``--seed`` on is the same inputs.
"""

from __future__ import annotations

import argparse

from tests.fuzz.targets import run

#: Inputs between two lines.
_AT_A_TIME = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for first in range(0, given.inputs, _AT_A_TIME):
        told = run(min(_AT_A_TIME, given.inputs - first), given.seed + first)
        for name, (became, slowest) in told.items():
            outcomes = ", ".join(f"{count} {outcome}" for outcome, count in became.most_common())
            print(f"{name:32} {became.total():8}  slowest {slowest * 1000:6.1f} ms  {outcomes}")
        print(f"{first + min(_AT_A_TIME, given.inputs - first)} inputs", flush=True)


if __name__ == "__main__":
    main()
