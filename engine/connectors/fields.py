"""What each connector reads of a task's inputs: known when a definition is deployed."""

from __future__ import annotations

from dataclasses import dataclass

HTTP, MAIL = "http", "mail"


@dataclass(frozen=True)
class Fields:
    """Names of inputs."""

    required: frozenset[str]
    optional: frozenset[str]

    @property
    def known(self) -> frozenset[str]:
        """All of them."""
        return self.required | self.optional


#: By the topic under which the office does the work itself.
FIELDS = {
    HTTP: Fields(frozenset({"url"}), frozenset({"method", "query", "headers", "body", "timeout"})),
    MAIL: Fields(frozenset({"to", "subject", "text"}), frozenset({"cc", "reply_to"})),
}
