"""The history of a case: what an entry is, how entries are chained, how they are proved."""
