"""Links: bytes to and from the outside. They know ports, sockets and brokers, and nothing about what the bytes mean."""
