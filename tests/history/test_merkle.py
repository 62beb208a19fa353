"""Merkle trees as certificate logs make them."""

from __future__ import annotations

import hashlib

import pytest

from engine.history import merkle

#: The eight entries with which implementations of RFC 6962 are commonly tried, and the roots over the first of them.
ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_that_everybody_finds(size: int) -> None:
    leaves = [merkle.leaf_hash(bytes.fromhex(entry)) for entry in ENTRIES[:size]]
    assert merkle.root(leaves).hex() == ROOTS[size]


def test_every_leaf_of_every_size_is_proven_and_no_other() -> None:
    for size in range(1, 34):
        leaves = [merkle.leaf_hash(bytes([index])) for index in range(size)]
        root = merkle.root(leaves)
        for index, leaf in enumerate(leaves):
            path = merkle.inclusion_proof(leaves, index)
            assert merkle.leads_to(leaf, index, size, path, root)
            assert not merkle.leads_to(leaf, (index + 1) % size if size > 1 else 1, size, path, root)
            assert not merkle.leads_to(merkle.leaf_hash(b"x"), index, size, path, root)
            assert not merkle.leads_to(leaf, index, size, [*path, root], root)
            assert not path or not merkle.leads_to(leaf, index, size, path[:-1], root)
            assert not merkle.leads_to(leaf, size, size, path, root)


def test_a_node_cannot_be_passed_off_as_a_leaf() -> None:
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert (
        merkle.root([left, right]) == hashlib.sha256(b"\x01" + left + right).digest() != merkle.leaf_hash(left + right)
    )
