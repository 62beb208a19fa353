"""The plots of the documentation, drawn from the figures that the benchmarks keep."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_IMAGES = _HERE.parent / "docs" / "images"

#: What stands in the plot of steps: a ratio's name, and what it is called.
_STEPS = {
    "step_over_floor": "the peers' diagram",
    "naive_over_floor": "the peers' diagram, SpiffWorkflow as documented",
    "viewflow_over_floor": "the peers' diagram, django-viewflow",
    "joint_step_over_floor": "the office's joint case",
    "joint_step_restored_over_floor": "the office's joint case, read back",
}


def draw() -> list[Path]:
    """Draw what there are figures of; gives the files that were written."""
    try:
        import matplotlib as mpl
    except ImportError:
        print("no plots were drawn: they need the extra `bench`", file=sys.stderr)
        return []
    mpl.use("svg")
    # The same figures give the same file, small and with text that can be searched.
    mpl.rcParams.update(
        {"svg.hashsalt": "yichuang", "svg.fonttype": "none", "font.size": 9, "axes.grid": True, "axes.axisbelow": True}
    )
    return [
        file
        for file in (_steps(_kept("results")), _sizes(_kept("scale")), _workers(_kept("scale_out")))
        if file is not None
    ]


def _kept(name: str) -> Any:
    file = _HERE / f"{name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}


def _steps(kept: Any) -> Path | None:
    ratios = {label: kept["ratios"][name] for name, label in _STEPS.items() if name in kept.get("ratios", {})}
    if not ratios:
        return None
    figure, axes = _figure(len(ratios))
    axes.barh(list(ratios), list(ratios.values()), color=_colours(list(ratios)))
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xlabel("one durable completion, over the floor\n(one UPDATE and one INSERT of the same bytes)")
    return _saved(figure, "steps")


def _sizes(kept: Any) -> Path | None:
    if not kept:
        return None
    names = list(next(iter(kept.values()))["ratios"])
    figure, axes = _figure(len(names) * len(kept) * 0.7)
    height = 0.8 / len(kept)
    for place, (run, found) in enumerate(kept.items()):
        at = [n + place * height for n in range(len(names))]
        # The processor's time, where the office does all the work itself: other work on the machine is not in it.
        which = "processor_ratios" if run.startswith("sqlite") else "ratios"
        axes.barh(at, [found[which].get(name, 0) for name in names], height, label=run)
    axes.set_yticks([n + 0.4 - height / 2 for n in range(len(names))], names)
    axes.axvline(1.5, color="black", linewidth=0.8, linestyle="--")
    axes.set_xlabel("large office over small one\n(sqlite: of processor time; dashed: the goal)")
    axes.legend(fontsize=7)
    return _saved(figure, "sizes")


def _workers(kept: Any) -> Path | None:
    kinds = {name: by_workers for name, by_workers in kept.items() if name != "machine"}
    if not kinds:
        return None
    figure, axes = _figure(8)
    for name, by_workers in kinds.items():
        axes.plot([int(n) for n in by_workers], [each["per_second"] for each in by_workers.values()], "o-", label=name)
    axes.set_ylim(bottom=0)
    axes.set_xticks(sorted({int(n) for by_workers in kinds.values() for n in by_workers}))
    axes.set_xlabel("workers")
    axes.set_ylabel("completions or remarks a second")
    axes.legend()
    return _saved(figure, "workers")


def _figure(bars: float) -> tuple[Any, Any]:
    from matplotlib import pyplot

    return pyplot.subplots(figsize=(7, 1 + 0.3 * bars), layout="constrained")


def _colours(labels: list[str]) -> list[str]:
    return ["#999999" if "SpiffWorkflow" in label or "viewflow" in label else "#1f6fb2" for label in labels]


def _saved(figure: Any, name: str) -> Path:
    from matplotlib import pyplot

    file = _IMAGES / f"{name}.svg"
    figure.savefig(file, metadata={"Date": None})
    pyplot.close(figure)
    # One newline at the end, and no blanks before any: what the checks of the repository ask of a text.
    lines = (line.rstrip() for line in file.read_text(encoding="utf-8").splitlines())
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


if __name__ == "__main__":
    print(*draw(), sep="\n")
