"""The store of files: encrypted, whole or not there, and told by their content."""

from __future__ import annotations

import contextlib
import io
import os
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from engine.errors import TooLarge, Unavailable
from engine.materials import EXTENSIONS, Store, Unrecognised, plain_name, recognise
from engine.materials.cipher import PIECE, Altered

KEY = bytes(range(32))


def put(store: Store, content: bytes) -> str:
    with store.begin("owner", KEY, 2**24) as upload:
        for start in range(0, len(content), 10_000):
            upload.write(content[start : start + 10_000])
        upload.finish()
        return store.put(upload)


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 17])
def test_what_was_stored_is_read_back_from_any_place(tmp_path: Path, size: int) -> None:
    store, content = Store(tmp_path / "m"), os.urandom(size)

    digest = put(store, content)

    (path,) = (tmp_path / "m").glob("??/??/*")
    assert path.name == digest
    assert content[:40] not in path.read_bytes() or size < 8
    with store.open(digest, "owner", KEY) as file:
        assert file.size == size
        assert file.readall() == content
        file.seek(-1, io.SEEK_END)
        assert file.read() == content[-1:]
    assert store.fault(digest) is None


def test_a_stored_file_that_was_touched_is_not_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    digest = put(store, os.urandom(2 * PIECE))
    (path,) = tmp_path.glob("??/??/*")
    whole = path.read_bytes()

    for damaged in (
        whole[:-1],  # cut off
        whole[: 36 + PIECE + 16],  # the last piece taken away
        whole[:36] + whole[36 + PIECE + 16 :] + whole[36 : 36 + PIECE + 16],  # pieces exchanged
        whole[:50] + bytes([whole[50] ^ 1]) + whole[51:],
        b"",
    ):
        path.write_bytes(damaged)
        with pytest.raises(Altered) as _error:
            _read(store, digest, "owner", KEY)
        assert str(path) not in _open_files(), "also while somebody holds the error"
        assert store.fault(digest) == "was changed after it was stored"
    path.write_bytes(whole)
    for owner, key in (("other", KEY), ("owner", bytes(32))):
        with pytest.raises(Altered):
            _read(store, digest, owner, key)
    path.unlink()
    assert store.fault(digest) == "is not there"


def _read(store: Store, digest: str, owner: str, key: bytes) -> bytes | None:
    with store.open(digest, owner, key) as file:
        return file.readall()


def _open_files() -> set[str]:
    """What this process has open."""
    places = (Path("/proc/self/fd") / name for name in os.listdir("/proc/self/fd"))
    return {os.readlink(place) for place in places if place.is_symlink()}


def test_a_file_that_is_too_large_or_given_up_leaves_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with store.begin("owner", KEY, 100) as upload:
        upload.write(b"x" * 100)
        with pytest.raises(TooLarge):
            upload.write(b"x")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_said_to_be_unavailable(tmp_path: Path) -> None:
    (tmp_path / "m").write_text("a file where the folder should be")
    with pytest.raises(Unavailable):
        Store(tmp_path / "m").begin("owner", KEY, 100)


def test_sweeping_takes_only_what_is_old_and_that_no_step_speaks_of(tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept, orphan, fresh = (put(store, os.urandom(99)) for _ in range(3))
    for digest in (kept, orphan):
        os.utime(tmp_path / digest[:2] / digest[2:4] / digest, (1000, 1000))
    (tmp_path / "incoming" / "left").write_bytes(b"x")
    os.utime(tmp_path / "incoming" / "left", (1000, 1000))

    assert store.sweep(lambda digests: {kept} & set(digests), before=2000) == 2

    assert [store.fault(digest) for digest in (kept, orphan, fresh)] == [None, "is not there", None]


def zipped(**files: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as container:
        for name, content in files.items():
            container.writestr(name, content)
    return made.getvalue()


DOCX = zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"})
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0"


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("A.PDF", b"%PDF-1.4\n", "application/pdf"),
        ("a.png", PNG, "image/png"),
        ("a.jpg", JPEG, "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xe1\0\x10Exif\0", "image/jpeg"),
        ("a.tif", b"II*\0abcd", "image/tiff"),
        ("a.docx", DOCX, EXTENSIONS["docx"]),
        ("a.ofd", zipped(**{"Doc_0/Document.xml": b"<x/>", "OFD.xml": b"<x/>"}), "application/ofd"),
        ("a.odt", zipped(mimetype=EXTENSIONS["odt"].encode()), EXTENSIONS["odt"]),
        ("a.doc", OLD, "application/msword"),
        ("a.wps", OLD, "application/wps-office.wps"),
        ("a.txt", "你好，一窗\r\n".encode(), "text/plain"),
        ("a.txt", "你好，一窗".encode("gb18030"), "text/plain"),
        ("a.csv", b"a,b\n1,2\n", "text/csv"),
    ],
)
def test_a_file_is_told_by_its_content(name: str, content: bytes, media_type: str) -> None:
    assert recognise(io.BytesIO(content), name, EXTENSIONS) == media_type


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", PNG),
        ("a.pdf", b"MZ\x90\0" + bytes(60)),
        ("a.jpg", b"%PDF-1.7\n"),
        ("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.docx", zipped(**{"evil.exe": b"x"})),
        ("a.docx", zipped(**{"word/document.xml": b"<x/>", "word/vbaProject.bin": b"x"})),
        ("a.docx", OLD),
        ("a.docx", b"PK\x03\x04 and no more"),
        ("a.odt", zipped(mimetype=b"application/zip")),
        ("a.ofd", DOCX),
        ("a.doc", DOCX),
        ("a.txt", b"\x7fELF\x01\0\0"),
        ("a.txt", b"caf\xff\xff"),
        ("a.exe", b"MZ\x90\0"),
        ("a.html", b"<html>"),
        ("a.pdf.exe", b"%PDF-1.7\n"),
        ("pdf", b"%PDF-1.7\n"),
    ],
)
def test_a_disguised_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Unrecognised):
        recognise(io.BytesIO(content), name, EXTENSIONS)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("身份证 正面.pdf", "身份证 正面.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.pdf", "x.pdf"),
        ("/etc/x.pdf", "x.pdf"),
        (".htaccess", "htaccess"),
        ("a\0b\r\nc.pdf", "abc.pdf"),
        ("scan\u202egnp.exe", "scangnp.exe"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("NUL.pdf", "_NUL.pdf"),
        ("..", "file"),
        ("", "file"),
        (None, "file"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("长" * 300 + ".pdf", "长" * 83 + ".pdf"),
        ("长" * 100 + ".pdf", "长" * 83 + ".pdf"),
        ("长" * 60 + "a" * 60, "长" * 60 + "a" * 60),
        ("\U0001f4c4" * 100, "\U0001f4c4" * 63),
        ("e\u0301.pdf", "é.pdf"),
    ],
)
def test_a_name_says_nothing_but_a_name(sent: str | None, kept: str) -> None:
    assert plain_name(sent) == kept


@pytest.mark.parametrize("ending", ["docx", "odt"])
def test_a_decompression_bomb_is_looked_at_and_not_unpacked(ending: str) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as container:
        for name in ("mimetype", "[Content_Types].xml", "word/document.xml"):
            with container.open(name, "w", force_zip64=True) as member:
                for _ in range(40):
                    member.write(bytes(2**20))
    tracemalloc.start()
    try:
        with contextlib.suppress(Unrecognised):
            recognise(bomb, f"a.{ending}", EXTENSIONS)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
