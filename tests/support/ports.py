"""Ports for processes of tests."""

import socket


def free_ports(count: int) -> list[int]:
    """Free a moment ago; the sockets are open together, so that the ports differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports
