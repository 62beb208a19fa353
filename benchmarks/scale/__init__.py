"""How the office does with a million cases: a generator of such an office, and what is timed in it."""
