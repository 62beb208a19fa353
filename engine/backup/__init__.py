"""The file that a backup is: its parts, and what is signed of them."""

from engine.backup.bundle import KEYS, OFFICE, BadBundle, Bundle, BundleWriter, Rows, replacing

__all__ = ["KEYS", "OFFICE", "BadBundle", "Bundle", "BundleWriter", "Rows", "replacing"]
