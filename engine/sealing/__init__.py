"""Personal fields: sealed under a key for each applicant, which lives apart from the database."""

from engine.sealing.keyring import Keyring
from engine.sealing.seal import MARK, holds_sealed, is_sealed, seal, sealed_owners, unseal, unseal_json

__all__ = ["MARK", "Keyring", "holds_sealed", "is_sealed", "seal", "sealed_owners", "unseal", "unseal_json"]
