"""A WebSocket client (RFC 6455) that looks like a socket: bounded in memory and time, and in need of no thread."""
