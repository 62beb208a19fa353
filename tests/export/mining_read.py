"""What process mining makes of an export: read, a model discovered, and the log held against it.

Run by the interpreter of an environment that has `pm4py` (AGPL-3.0, which is why it is no part of ours):

    python mining_read.py FOLDER

FOLDER has `log.xes`, `log.jsonocel` and `log.sqlite`. Writes what it found as JSON.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

import pm4py

warnings.simplefilter("ignore")


def main(folder: Path) -> dict[str, Any]:
    """What is in the logs, and how well the traces fit the model that was discovered from them."""
    log = pm4py.read_xes(str(folder / "log.xes"), variant="iterparse", show_progress_bar=False)
    net = pm4py.discover_petri_net_inductive(log)
    replayed = pm4py.fitness_token_based_replay(log, *net)
    aligned = pm4py.conformance_diagnostics_alignments(log, *net)
    # The same, each trace from its end to its beginning: a model that takes this too says nothing.
    backwards = log[::-1].copy()
    backwards["time:timestamp"] = sorted(log["time:timestamp"])
    against = pm4py.fitness_token_based_replay(backwards, *net)
    return {
        "traces": log["case:concept:name"].nunique(),
        "events": len(log),
        "variants": len(pm4py.get_variants(log)),
        "replayed": replayed["log_fitness"],
        "fitting": replayed["perc_fit_traces"],
        "aligned": min(one["fitness"] for one in aligned),
        "deviating": sum(_deviates(*move) for one in aligned for move in one["alignment"]),
        "backwards": against["perc_fit_traces"],
        "ocel": _objects(pm4py.read_ocel2_json(str(folder / "log.jsonocel"))),
        "sqlite": _objects(pm4py.read_ocel2_sqlite(str(folder / "log.sqlite"))),
    }


def _deviates(logged: str | None, modelled: str | None) -> bool:
    """Whether a move is of the log alone, or of the model alone at something that is seen."""
    return logged != modelled and not (logged == ">>" and modelled is None)


def _objects(log: Any) -> dict[str, Any]:
    """How many events there are, objects of each type, and relations between the two."""
    types = log.objects[log.object_type_column].value_counts()
    return {
        "events": len(log.events),
        "objects": {str(name): int(count) for name, count in sorted(types.items())},
        "relations": len(log.relations),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
