"""Small random models: the check says what the token game says in which every order of moves is tried."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.soundness import faults
from engine.soundness.graph import loops
from tests.soundness.token_game import Model, moves, play

GATEWAYS = ("xor", "and", "or")


@st.composite
def models(draw: st.DrawFn) -> Model:
    """A few nodes with flows as they come; each can be reached, and leads somewhere."""
    size = draw(st.integers(2, 7))
    kinds = {"start": "start"}
    for number in range(size):
        kinds[f"n{number}"] = draw(st.sampled_from((*GATEWAYS, *GATEWAYS, "task")))
    kinds["end"] = draw(st.sampled_from(("end", "end", "end", "terminate")))
    nodes = [f"n{number}" for number in range(size)]
    pairs = {("start", "n0")}
    pairs |= {(nodes[draw(st.integers(0, number - 1))], nodes[number]) for number in range(1, size)}
    # Mostly forward, so that models are sound often enough.
    for _ in range(draw(st.integers(0, size))):
        first, second = draw(st.integers(0, size - 1)), draw(st.integers(0, size - 1))
        if draw(st.integers(0, 3)):
            first, second = min(first, second), max(first, second)
        pairs.add((nodes[first], nodes[second]))
    pairs |= {(node, "end") for node in nodes if not any(source == node for source, _ in pairs)}
    pairs |= {(nodes[number], "end") for number in draw(st.sets(st.integers(0, size - 1), max_size=1))}
    return Model(kinds, tuple((f"f{number}", *pair) for number, pair in enumerate(sorted(pairs))))


SERIOUS = {"deadlock", "lack-of-synchronisation", "no-way-to-end", "endless-loop"}
#: A failing example is small as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(models())
def test_the_check_agrees_with_the_token_game_in_all_orders(model: Model) -> None:
    seen = play(model, most=1_500)
    if not seen.complete:
        return
    process = model.process()
    found = faults({process.key: process})
    # That a loop waits for nothing is told too where it can end.
    by_rule = {fault.rule for fault in found if (fault.rule, fault.severity) != ("endless-loop", "warning")}
    assert "not-decided" not in by_rule
    serious = by_rule & SERIOUS
    assert bool(serious) == bool(seen.stuck or seen.unsafe or seen.endless), (seen, found)
    if "deadlock" in serious:
        assert seen.stuck
    if "lack-of-synchronisation" in serious:
        assert seen.unsafe
    if serious & {"no-way-to-end", "endless-loop"}:
        assert seen.endless
    if not seen.unsafe:
        dead = {fault.element for fault in found if fault.rule == "dead-element"}
        assert not dead & seen.fired
    for fault in found:
        if fault.rule in ("deadlock", "lack-of-synchronisation"):
            assert can_be_walked(model, fault.path), fault


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow], phases=PHASES)
@given(models())
def test_leaving_orders_of_moves_out_misses_nothing_that_sticks(model: Model) -> None:
    seen = play(model, most=600)
    if not seen.complete:
        return
    process = model.process()
    rules = {fault.rule for fault in faults({process.key: process}, small=0) if fault.severity != "note"}
    if not seen.unsafe:
        assert bool(rules & {"deadlock", "no-way-to-end"}) >= bool(seen.stuck)
        assert "lack-of-synchronisation" not in rules
    if not seen.stuck:
        assert "deadlock" not in rules
    if "end" in model.kinds.values() and not loops(model.kinds, lambda id: [target for _, target in model.out(id)]):
        assert bool(rules & SERIOUS) == bool(seen.stuck or seen.unsafe or seen.endless)


def can_be_walked(model: Model, path: tuple[str, ...]) -> bool:
    """Whether the elements of a path can move one after the other; the last may wait in vain."""
    markings = {("",)}
    for number, element in enumerate(path):
        following = {after for marking in markings for node, after in moves(model, marking) if node == element}
        if not following:
            return number == len(path) - 1
        markings = following
    return True
