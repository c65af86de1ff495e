"""A broker that breaks the protocol, in the words of the rule that it broke."""

from __future__ import annotations

MALFORMED, PROTOCOL_ERROR = 0x81, 0x82
RECEIVE_MAXIMUM_EXCEEDED, TOPIC_ALIAS_INVALID, PACKET_TOO_LARGE = 0x93, 0x94, 0x95


class ProtocolViolationError(Exception):
    """What came is not what the standard allows.

    Args:
        rule: what came instead, and the clause that forbids it, to go on after "the broker broke the protocol: ".
        code: what MQTT 5 has a client say before it hangs up (section 4.13.1 and table 2-6).
    """

    def __init__(self, rule: str, code: int = PROTOCOL_ERROR) -> None:
        super().__init__(rule)
        self.rule = rule
        self.code = code


class NoMqttError(ProtocolViolationError):
    """What came first is no packet at all: whoever listens there speaks something else."""
