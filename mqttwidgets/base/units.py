"""Units of measurement: how they are written, and which texts are units."""

from __future__ import annotations

_SPELLINGS = {
    "°C": "C Cel degC deg_C deg.C celsius celcius centigrade ℃ ºC ˚C °c °Celsius gradC degreeC degreesC oC C°",
    "°F": "F degF deg_F fahrenheit farenheit fahrenhiet fahreneit ℉ ºF ˚F °f °Fahrenheit degreeF degreesF F°",
    "K": "kelvin",
    "%": "percent pct percentage ％ perc prozent pourcent porcentaje %rh %RH",
    "s": "sec secs second seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "d": "day days",
    "ms": "msec msecs millisecond milliseconds",
    "µs": "us usec μs microsecond microseconds",
    "V": "volt volts",
    "mV": "millivolt millivolts",
    "A": "amp amps ampere amperes",
    "mA": "milliamp milliamps milliampere milliamperes",
    "W": "watt watts",
    "kW": "kilowatt kilowatts",
    "Wh": "watthour watthours",
    "kWh": "kwh kwhr kilowatthours",
    "VA": "va",
    "Pa": "pascal pascals",
    "hPa": "hpa hectopascal hectopascals",
    "mbar": "millibar millibars",
    "kPa": "kpa",
    "inHg": "inhg",
    "m/s": "mps m/sec",
    "m/s²": "m/s2 m/s^2",
    "km/h": "kmh kph km_h kmph",
    "mph": "mi/h",
    "mm/h": "mm_h mm/hr",
    "µg/m³": "ug/m^3 µg/m^3 ug/m3 µg/m3 μg/m3 μg/m³ ug/m³ ugm3 ug_m3",
    "mg/m³": "mg/m3",
    "W/m²": "w/m2 W/m2 W/m^2 w/m²",
    "Hz": "hz hertz",
    "lx": "lux",
    "Ω": "ohm ohms Ω",
    "°": "deg degree degrees º",
    "rpm": "r/min",
    "dBm": "dbm",
    "dB": "db",
    "L": "liter liters litre litres",
    "m³": "m3 m^3",
    "µS/cm": "us/cm μS/cm",
}
_SYMBOLS = {other: unit for unit, others in _SPELLINGS.items() for other in others.split()}

_OTHERS = """
    C F g kg mg t lb oz m mm cm km ft in inch inches mi nm um µm kn kt kts bar psi mmHg torr atm N kN Nm J kJ MJ
    mW MW GW MWh var kvar kvarh kVA VAh Ah mAh µA uA nA kV µV uV kΩ MΩ mΩ kHz MHz GHz mHz
    l ml mL cl gal m³/h l/min L/min l/h L/h m³/s ft³ cfm pH NTU PSU ppt ppm ppb %RH %rh rH rh
    lm cd klx mol mg/l mg/L g/l g/m³ g/m3 µmol/m²/s S/m mS/cm dS/m B kB KB MB GB TB KiB MiB GiB
    bit/s kbit/s Mbit/s bps kbps Mbps B/s kB/s MB/s bpm rad rad/s °/s m/s² m/s2 G mT µT uT T
    Gy Sv µSv/h uSv/h nSv/h cpm Bq Bq/m³ Bq/m3 pCi/L mm/s mm/min in/h € $ ct/kWh EUR/kWh
"""
_KNOWN = frozenset((*_SPELLINGS, *_SYMBOLS, *_OTHERS.split()))


def symbol(unit: str) -> str:
    """The usual symbol of a unit, so that different spellings share an axis; other texts as they are.

    Args:
        unit: as a payload names it, such as `Cel` (RFC 8428, section 12.1), `degC` or `seconds`.

    Example:
        >>> symbol("Cel"), symbol("seconds"), symbol("furlong")
        ('°C', 's', 'furlong')
    """
    text = unit.strip()
    known = _SYMBOLS.get(text) or _SYMBOLS.get(text.lower())
    return known or _SYMBOLS.get("".join(text.split()), text)


def is_known(unit: str) -> bool:
    """Whether a text behind a number makes it a measurement.

    Example:
        >>> is_known("°C"), is_known("Volts"), is_known("Pro")
        (True, True, False)
    """
    return unit in _KNOWN or unit.lower() in _SYMBOLS
