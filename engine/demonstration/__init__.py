"""The demonstration office: an invented district with its departments, townships and villages.

Everything in it is made up, people and identity numbers included; only the laws are real. All of its people
have the same published password, so it is no place for real cases.
"""

from engine.demonstration.loading import PASSWORD, Login, applicants, load, logins

__all__ = ["PASSWORD", "Login", "applicants", "load", "logins"]
