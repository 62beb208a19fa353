"""A port that a server is to have is nobody else's, also before it starts and after it was killed."""

from __future__ import annotations

import errno
import socket

import pytest

from tests.serving import held_port


def test_a_port_is_held_for_its_server_alone() -> None:
    held, port = held_port()
    with held:
        for _ in range(2):
            with socket.socket() as other, pytest.raises(ConnectionRefusedError):
                other.connect(("127.0.0.1", port))
            with socket.socket() as other:
                with pytest.raises(OSError) as refused:
                    other.bind(("127.0.0.1", port))
                assert refused.value.errno == errno.EADDRINUSE
            with socket.create_server(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
                pass
