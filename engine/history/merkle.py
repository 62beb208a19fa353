"""Merkle trees as in RFC 9162 §2.1 (RFC 6962 before it), over SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf (RFC 9162 §2.1.1); its prefix keeps leaves from being passed off as nodes."""
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Hash of the tree over leaf hashes (RFC 9162 §2.1.1)."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The nodes that lead from a leaf to the root (RFC 9162 §2.1.3.1), the lowest first."""
    path: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        if (beside := index ^ 1) < len(level):
            path.append(level[beside])
        level, index = _above(level), index // 2
    return path


def leads_to(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether an inclusion proof holds (RFC 9162 §2.1.3.2).

    :param leaf: hash of the leaf at `index` of a tree of `size` leaves.
    """
    if not 0 <= index < size:
        return False
    number, last, hash = index, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            hash = _node(node, hash)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            hash = _node(hash, node)
        number, last = number >> 1, last >> 1
    return last == 0 and hash == root


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The level above: pairs from the left, and a node without a neighbour as it is.

    Every full subtree to the left has a power of two of leaves, so this is the tree of the RFC.
    """
    above = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return above + list(level[len(above) * 2 :])


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
