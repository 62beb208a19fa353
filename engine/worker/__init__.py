"""Keeping the time on many machines: whose timers are due goes through a queue in PostgreSQL."""
