"""What the calls read and answer, as pydantic models and typed dictionaries: the source of the API document."""
