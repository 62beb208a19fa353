"""Prove exported histories without trusting Yichuang: standard library and `cryptography` only, none of our code.

    yichuang export --format jsonl --case NUMBER -o case.jsonl
    python verify_export.py case.jsonl

checks that each entry is what its hash says, that it follows the one before it, and that none is missing. With a
checkpoint it also proves that the office had signed this history by then, with a key that you were given earlier:

    yichuang checkpoint --prove NUMBER > inclusion.json
    python verify_export.py case.jsonl --inclusion inclusion.json --key HEX

The office's own chains are proven in the same way (`yichuang history --office --lines`). That a later checkpoint
follows the one that you kept is proven by what `GET /checkpoints/consistency` answered:

    python verify_export.py case.jsonl --consistency consistency.json --key HEX

It says what holds and ends with 0; or names the first case and entry that does not, and ends with 1.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Bad(Exception):
    """What does not hold, and why."""


# -- canonical JSON (RFC 8785) --------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """The one way to write a JSON value."""
    if isinstance(value, dict):
        # Names are sorted by their UTF-16 code units (§3.2.3).
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{text(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53 - 1:
        raise Bad("a number is larger than JSON numbers are exact")
    return json.dumps(value)


def text(value: str) -> str:
    """A string (§3.2.2.2): Python escapes what must be, and writes U+007F as it is."""
    return json.dumps(value, ensure_ascii=False)


def number(value: float) -> str:
    """A number as ECMAScript writes it (§3.2.2.3): the shortest digits that mean it, which Python finds too."""
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # Where the point stands, counted from the first digit.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"


def parsed(line: str) -> Any:
    """JSON in which no name stands twice."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise Bad("a name stands twice in an object")
        return dict(pairs)

    try:
        return json.loads(line, object_pairs_hook=members)
    except ValueError as error:
        raise Bad(f"this is no JSON: {error}") from None


# -- the chain of each case -----------------------------------------------------------------------------


def check_entries(lines: list[str]) -> dict[str, list[str]]:
    """Prove every entry of a file; gives the hashes of each case's entries."""
    chains: dict[str, list[str]] = {}
    for place, line in enumerate(lines, start=1):
        try:
            told = parsed(line)
            entry, stated = told["entry"], told["hash"]
            chain = chains.setdefault(entry["case"] if "case" in entry else entry["chain"], [])
            check_entry(entry, stated, chain)
            chain.append(stated)
        except Bad as error:
            raise Bad(f"line {place}: {error}") from None
        except (KeyError, TypeError, AttributeError):
            raise Bad(f"line {place}: this is no exported entry") from None
    return chains


def check_entry(entry: dict[str, Any], stated: str, chain: list[str]) -> None:
    """Prove one entry, given the hashes of those before it."""
    seq = len(chain) + 1
    where = f"case {entry['case']}, entry {seq}" if "case" in entry else f"chain {entry['chain']}, entry {seq}"
    if entry["seq"] != seq:
        raise Bad(f"{where} is missing: what stands here says that it is {entry['seq']}")
    if hashlib.sha256(canonical(entry).encode()).hexdigest() != stated:
        raise Bad(f"{where}: the content does not match its hash")
    if entry["previous"] != (chain[-1] if chain else "0" * 64):
        raise Bad(f"{where} does not follow the one before it")


# -- the checkpoint -------------------------------------------------------------------------------------


def check_inclusion(inclusion: dict[str, Any], key: bytes, chains: dict[str, list[str]]) -> str:
    """Prove that an office had signed a case's history as far as a checkpoint goes; says what was signed."""
    origin, size, root, time = opened(inclusion["note"], key)
    number, seq, hash = inclusion["head"]
    node = hashlib.sha256(b"\x00" + canonical([number, seq, hash]).encode()).digest()
    if not leads_to(node, inclusion["index"], size, [bytes.fromhex(part) for part in inclusion["proof"]], root):
        raise Bad(f"the case {number} is not in the checkpoint")
    chain = chains.get(number)
    if chain is None:
        raise Bad(f"the case {number}, which is in the checkpoint, is not in the export")
    if len(chain) < seq:
        raise Bad(f"case {number}, entry {len(chain) + 1} is missing: the checkpoint of {time} has {seq} entries")
    if chain[seq - 1] != hash:
        raise Bad(f"case {number}, entry {seq} is not the one that the checkpoint of {time} has")
    return f"{origin} had signed entry {seq} of case {number}, and so all before it, on {time}."


def check_consistency(consistency: dict[str, Any], key: bytes) -> str:
    """Prove that a checkpoint follows an earlier one: every note between them names the one before; says which."""
    times, before = [], None
    for place, note in enumerate(consistency["notes"], start=1):
        origin, *lines = signed_lines(note, key)
        if before is not None and lines[-1] != f"previous {before}":
            raise Bad(f"note {place} does not follow the one before it")
        before = hashlib.sha256(note.encode()).hexdigest()
        if lines[0].startswith("next-key "):
            key = base64.b64decode(lines[0].removeprefix("next-key "), validate=True)
        else:
            times.append(opened(note, key)[3])
    if not times:
        raise Bad("there is no checkpoint in it")
    return f"{origin}: the checkpoint of {times[-1]} follows that of {times[0]}."


def signed_lines(note: str, key: bytes) -> list[str]:
    """The lines of a signed note (C2SP signed-note), the origin first."""
    body, _, signature = note.rpartition("\n\n")
    try:
        lines = body.split("\n")
        dash, name, encoded = signature.strip("\n").split(" ")
        signed = base64.b64decode(encoded, validate=True)
        if dash != "—" or name != lines[0] or len(lines) < 3:
            raise ValueError
        if signed[:4] != hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]:
            raise Bad("the checkpoint was signed with another key than yours")
        Ed25519PublicKey.from_public_bytes(key).verify(signed[4:], f"{body}\n".encode())
        return lines
    except InvalidSignature:
        raise Bad("the checkpoint's signature does not hold") from None
    except ValueError:
        raise Bad("this is no checkpoint") from None


def opened(note: str, key: bytes) -> tuple[str, int, bytes, str]:
    """Origin, size, root and time of a checkpoint (C2SP tlog-checkpoint)."""
    origin, size, root, *times = signed_lines(note, key)
    try:
        if not times or not times[0].startswith("time "):
            raise ValueError
        return origin, int(size), base64.b64decode(root, validate=True), times[0].removeprefix("time ")
    except ValueError:
        raise Bad("this is no checkpoint") from None


def leads_to(node: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Whether an inclusion proof holds (RFC 9162 §2.1.3.2)."""
    last = size - 1
    if not 0 <= index <= last:
        return False
    for beside in path:
        if last == 0:
            return False
        if index % 2 or index == last:
            node = hashlib.sha256(b"\x01" + beside + node).digest()
            while index and not index % 2:
                index, last = index // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + beside).digest()
        index, last = index // 2, last // 2
    return last == 0 and node == root


def main(arguments: list[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(description="Prove exported histories without trusting Yichuang.")
    parser.add_argument("export", type=Path, help="what `yichuang export --format jsonl` wrote")
    parser.add_argument("--inclusion", type=Path, help="what `yichuang checkpoint --prove NUMBER` wrote")
    parser.add_argument("--consistency", type=Path, help="what `GET /checkpoints/consistency` answered")
    parser.add_argument("--key", type=bytes.fromhex, help="the office's public key in hex, as you were given it before")
    given = parser.parse_args(arguments)
    if (given.inclusion is None and given.consistency is None) != (given.key is None):
        parser.error("a proof and --key go together: a key that comes with the proof proves nothing")
    try:
        # Not `splitlines`, which also splits at separators that may stand in a JSON string.
        lines = given.export.read_text(encoding="utf-8").removesuffix("\n")
        chains = check_entries(lines.split("\n") if lines else [])
        if not chains:
            raise Bad("there is no entry in it")
        signed = followed = None
        if given.consistency is not None:
            followed = check_consistency(parsed(given.consistency.read_text(encoding="utf-8")), given.key)
        if given.inclusion is not None:
            signed = check_inclusion(parsed(given.inclusion.read_text(encoding="utf-8")), given.key, chains)
    except (Bad, KeyError, TypeError, UnicodeDecodeError) as error:
        print(f"Does not hold: {error}")
        return 1
    print(f"{sum(map(len, chains.values()))} entries of {len(chains)} histories hold.")
    if followed is not None:
        print(followed)
    print(signed or "Whether entries are missing at the end cannot be seen without a checkpoint (--inclusion).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
