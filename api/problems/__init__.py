"""Errors as the API answers them: `application/problem+json` (RFC 9457) with documented types."""
