import socket

import pytest

from app import serving


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]"), ("10.0.0.7", "10.0.0.7")],  # noqa: S104
)
def test_the_address_printed_is_one_that_this_machine_reaches(host: str, reached: str) -> None:
    assert serving.reached_at(host, 8000) == f"http://{reached}:8000"


def test_the_address_has_the_port_that_was_found_free() -> None:
    with serving.listen("127.0.0.1", 0) as listener:
        assert serving.address_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Linux alone has the option")
def test_connections_inherit_how_long_a_client_may_leave_things_unread() -> None:
    with serving.listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()) as client:
        connection, _ = listener.accept()
        with connection:
            timeout = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
            assert timeout == serving.STALLED_MILLISECONDS
            assert client.getpeername() == connection.getsockname()
