"""Units of measurement in the keys of values."""

from __future__ import annotations

from ...base.units import symbol

# The ends of keys that are units: `wind_avg_km_h`, `supply_mV`; a lone letter only behind what it measures.
_SUFFIXES = """
    mV kV mA kW kWh Wh VA Pa hPa kPa mbar bar psi PSI inHg lx lux klx Hz mm cm km mph dB dBm ppm ppb rpm
    deg pct percent degC degF celsius fahrenheit kmh kph km_h mm_h ms us hpa kwh ohm ohms kg lb secs sec seconds
"""


_SUFFIX_SYMBOLS = {
    **{suffix: symbol(suffix) for suffix in _SUFFIXES.split()},
    "mv": "mV",
    "inch": "in",
    "PSI": "psi",
    "m_s": "m/s",
    "mi_h": "mph",
    "in_h": "in/h",
    "rain_in": "in",
    "ug_m3": "µg/m³",
    "W_m2": "W/m²",
    "L_h": "L/h",
    "m3": "m³",
    "m3h": "m³/h",
}


_LETTERS = {
    "C": ("°C", ("temp", "dew", "heat", "chill")),
    "F": ("°F", ("temp", "dew", "heat", "chill")),
    "K": ("K", ("temp", "colortemp")),
    "A": ("A", ("current", "amp")),
    "V": ("V", ("volt", "batt", "cap", "supply", "vcc")),
    "W": ("W", ("power", "watt")),
}


def unit_in_key(key: str) -> str:
    """The unit that a key ends in, or `""`.

    Example:
        >>> unit_in_key("temperature_C"), unit_in_key("wind_avg_km_h"), unit_in_key("phase_A"), unit_in_key("tF")
        ('°C', 'km/h', '', '°F')
    """
    first, _, last = key.rpartition("_")
    before = first.rpartition("_")[2]
    unit = _SUFFIX_SYMBOLS.get(f"{before}_{last}") or (_SUFFIX_SYMBOLS.get(last, "") if first else "")
    if unit == "ms" and ("speed" in first or "wind" in first):
        return ""  # metres a second, perhaps
    return unit or _letter_unit(key)


def _letter_unit(key: str) -> str:
    lower = key.lower()
    if key in ("tC", "tF") or lower in ("tempc", "tempf") or (lower[-2:] in ("_c", "_f") and "temp" in lower):
        return _LETTERS[key[-1].upper()][0]
    unit, measured = _LETTERS.get(key[-1:], ("", ()))
    rest = key[:-1].lower()
    parted = key[-2:-1] == "_" or key[-2:-1].islower()
    return unit if parted and any(word in rest for word in measured) else ""
