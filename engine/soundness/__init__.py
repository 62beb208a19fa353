"""Whether a process is sound: no case gets stuck, nothing is done twice unasked, every case can end.

Decided on the control flow alone, whatever conditions say. Not for what a file says wrongly (`definitions`).
"""

from engine.soundness.advice import advice
from engine.soundness.checking import MAX_STATES, check, faults, problems, text
from engine.soundness.model import Fault

__all__ = ["MAX_STATES", "Fault", "advice", "check", "faults", "problems", "text"]
