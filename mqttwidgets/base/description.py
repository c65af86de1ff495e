"""The description of a series: what a device, or a person, says of it beside its values."""

from __future__ import annotations

from typing import Literal, NamedTuple

Category = Literal["", "measurement", "diagnostic", "setting", "state"]
"""The kind of a series: a measurement; how a device itself is; how it is set; a state such as on and off."""


class Description(NamedTuple):
    """What is said of a series; `""` for whatever nobody says.

    Attributes:
        unit: as it is written there.
        name: for people, such as "Outside temperature".
        device: the name of the device for people, such as "Kitchen".
        quantity: the quantity measured, in a word of Home Assistant's device classes such as "temperature".
        category: "measurement", "diagnostic", "setting" or "state".
        true_name: the meaning of 1, such as "open".
        false_name: the meaning of 0, such as "closed".
    """

    unit: str = ""
    name: str = ""
    device: str = ""
    quantity: str = ""
    category: Category = ""
    true_name: str = ""
    false_name: str = ""


NOTHING_SAID = Description()
"""The description of a series of which nobody says anything."""
