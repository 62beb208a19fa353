"""The execution of one case: SpiffWorkflow moves the tokens; data, time, events and ids are ours.

`Program.compile` makes a read definition ready to run, `Execution` runs one case of it, step by step.
Nothing here knows of a database, of people's rights or of HTTP.
"""

from engine.execution.comparison import Obstacle, renamed_all
from engine.execution.errors import DefinitionError, StateError
from engine.execution.execution import Execution
from engine.execution.model import Incident, Job, Milestone, OpenTask, Outcome, Ruling, Step, Timer
from engine.execution.program import Program
from engine.execution.state import standing

__all__ = [
    "DefinitionError",
    "Execution",
    "Incident",
    "Job",
    "Milestone",
    "Obstacle",
    "OpenTask",
    "Outcome",
    "Program",
    "Ruling",
    "StateError",
    "Step",
    "Timer",
    "renamed_all",
    "standing",
]
