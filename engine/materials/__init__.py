"""Files that applicants hand in: kept encrypted in a folder apart from the database, told by their content."""

from engine.materials.kinds import EXTENSIONS, Unrecognised, recognise
from engine.materials.names import plain_name
from engine.materials.store import Store, Upload

__all__ = ["EXTENSIONS", "Store", "Unrecognised", "Upload", "plain_name", "recognise"]
