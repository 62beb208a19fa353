"""What the office does itself of the work outside: requests over HTTP, and mail. No cases and no database here.

A connector is given a job's id and its inputs, does the work once, and says what came of it.
"""

from engine.connectors.connectors import Connectors
from engine.connectors.fields import FIELDS, Fields
from engine.connectors.outcomes import Done, Failed, Outcome, Refused, Thrown

__all__ = ["FIELDS", "Connectors", "Done", "Failed", "Fields", "Outcome", "Refused", "Thrown"]
