"""Units of devices that send none and describe nothing, but always use the same names: Shelly, Tasmota, Victron.

https://shelly-api-docs.shelly.cloud, https://tasmota.github.io/docs/JSON-Status-Responses and
https://github.com/victronenergy/venus/wiki/dbus have the names.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from .announced import name_in


class _Known(NamedTuple):
    """Devices whose names mean the same everywhere.

    Attributes:
        topic: an expression for their topics.
        units: last named part of a field, or of the topic, in lower case → unit.
    """

    topic: re.Pattern[str]
    units: dict[str, str]


def _units(text: str) -> dict[str, str]:
    """Lines of `unit: name name`."""
    rows = (line.partition(":") for line in text.strip().splitlines())
    return {name: unit.strip() for unit, _, names in rows for name in names.split()}


_SHELLY = _Known(
    re.compile(
        r"(?:[^/]+/)*(?:events/rpc|rpc|status/[a-z][a-z0-9_]*(?::[0-9]+)?)|"
        r"shellies/[^/]+(?:/[^/]+)*"
    ),
    _units("""
        W: apower act_power a_act_power b_act_power c_act_power total_act_power power
        VA: aprt_power a_aprt_power b_aprt_power c_aprt_power total_aprt_power
        V: voltage a_voltage b_voltage c_voltage xvoltage battery/v
        A: current a_current b_current c_current n_current total_current
        Hz: freq a_freq b_freq c_freq
        Wh: aenergy/total ret_aenergy/total total_act total_act_ret total_act_energy total_act_ret_energy
        Wh: a_total_act_energy b_total_act_energy c_total_act_energy
        Wh: a_total_act_ret_energy b_total_act_ret_energy c_total_act_ret_energy
        Wh: total total_returned
        °C: tc temperature
        °F: tf temperature_f
        %: rh humidity battery percent battery/percent
        lx: lux
        s: uptime
        dBm: rssi
        B: ram_free ram_size fs_free fs_size
    """),
)
_TASMOTA = _Known(
    re.compile(r"(?:[^/]+/)*(?:SENSOR|STATUS8|STATUS10)"),
    _units("""
        W: power
        VA: apparentpower
        var: reactivepower
        V: voltage
        A: current
        Hz: frequency
        kWh: total today yesterday exporttoday exporttotal exportactive importactive
        Wh: period
        %: humidity moisture
        lx: illuminance
        ppm: carbondioxide eco2 co2
        ppb: tvoc
        µg/m³: pm1 pm2.5 pm10
        cm: distance
        dB: noise
    """),
)
_VICTRON = _Known(
    re.compile(r"N/[^/]+/[a-z]+/[0-9]+/.+"),
    _units("""
        V: voltage v midvoltage
        A: current i
        W: power p
        %: soc soh
        °C: temperature
        Hz: frequency f
        kWh: energy forward reverse yield user system
        Ah: consumedamphours capacity installedcapacity
        s: timetogo
    """),
)
_DEVICE = re.compile(
    r"zigbee2mqtt/([^/]+)(?:/[^/]+)*|tele/([^/]+)/[^/]+|spBv1\.0/[^/]+/[ND]DATA/((?:[^/]+/)*[^/]+)|shellies/([^/]+)/.+|"
    r"(?:[^/]+/)*([^/]+)/(?:events/rpc|status/[a-z][a-z0-9_]*:[0-9]+)|/?devices/([^/]+)/controls/[^/]+"
)
"""Topics of which a level names the device."""

_ALL = (_SHELLY, _TASMOTA, _VICTRON)
_NO_UNIT_BELOW = ("by_minute",)
_VALUE_FIELDS = ("", "/value")


def known_device(topic: str) -> str:
    """The device that a topic names, where its form is one that devices of a kind always use; `""` for any other.

    Example:
        >>> known_device("tele/washer/SENSOR"), known_device("spBv1.0/plant/DDATA/press/oven"), known_device("a/b")
        ('washer', 'press/oven', '')
    """
    found = _DEVICE.fullmatch(topic)
    return name_in(next(filter(None, found.groups()), "")) if found is not None else ""


def known_unit(topic: str, field: str) -> str:
    """The unit of a field of a device that is known by its topic, or `""`.

    Example:
        >>> known_unit("shelly-1/status/switch:0", "/aenergy/total"), known_unit("tele/a/SENSOR", "/ENERGY/Power")
        ('Wh', 'W')
        >>> known_unit("N/c0619ab/battery/0/Dc/0/Voltage", "/value"), known_unit("home/oven", "/power")
        ('V', '')
    """
    units = next((each.units for each in _ALL if each.topic.fullmatch(topic)), None)
    if units is None:
        return ""
    path = (topic if field in _VALUE_FIELDS else field.partition(",")[0]).lower().split("/")
    named = [level for level in path if level and not level.isdecimal()][-2:]
    if not named or named[0] in _NO_UNIT_BELOW or named[-1] in _NO_UNIT_BELOW:
        return ""
    return units.get("/".join(named)) or units.get(named[-1], "")
