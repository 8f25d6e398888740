"""A server that sends given bytes and hangs up, whatever it is asked."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
CUT_SHORT = {
    "before the answer": b"",
    "in the head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "before the body": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
    "in the body": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
    "in a refusal's body": b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n{",
}


@contextmanager
def answering(*answers: bytes) -> Iterator[str]:
    """Serve one answer per connection, in this order, and yield the address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answers))
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def _serve(server: socket.socket, answers: tuple[bytes, ...]) -> None:
    server.settimeout(10)
    for answer in answers:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)
