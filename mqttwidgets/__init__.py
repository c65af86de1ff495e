"""Jupyter widgets for live sensor data over MQTT.

One line in a notebook draws every sensor that matches a topic filter, live:

    from mqttwidgets import LiveSensorPlot
    LiveSensorPlot("home/+/temperature", broker="mqtt://broker.local")

`SensorStream` is the same without a screen, for scripts and tests; it needs no Jupyter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .analysis.transforms.difference import difference
from .analysis.transforms.rate import rate_of_change
from .analysis.transforms.rolling import rolling_band, rolling_mean
from .analysis.transforms.transform import Piece, Transform, cut_behind
from .base import __version__ as __version__
from .base.errors import (
    InvalidValueError,
    MissingPackageError,
    MqttWidgetsError,
    NotConnectedError,
    StoppedError,
    UnknownKeywordError,
)
from .base.model import LinkState, Message, Sample
from .base.source import Sink, Source
from .decoding.auto import AutoDecoder, decode, explain
from .decoding.format import Findings, Format, Payload, Reading
from .decoding.user_decoders import Struct
from .live.ledger import Ledger
from .mqtt.broker import Broker
from .mqtt.topic import TopicFilter
from .sensor_stream import SensorStream
from .series.ring import Series

if TYPE_CHECKING:
    from .jupyter.live_sensor_plot import LiveSensorPlot
    from .jupyter.spectrum_plot import SpectrumPlot

__all__ = [
    "AutoDecoder",
    "Broker",
    "Findings",
    "Format",
    "InvalidValueError",
    "Ledger",
    "LinkState",
    "LiveSensorPlot",
    "Message",
    "MissingPackageError",
    "MqttWidgetsError",
    "NotConnectedError",
    "Payload",
    "Piece",
    "Reading",
    "Sample",
    "SensorStream",
    "Series",
    "Sink",
    "Source",
    "SpectrumPlot",
    "StoppedError",
    "Struct",
    "TopicFilter",
    "Transform",
    "UnknownKeywordError",
    "cut_behind",
    "decode",
    "difference",
    "explain",
    "rate_of_change",
    "rolling_band",
    "rolling_mean",
]


def __getattr__(name: str) -> Any:
    """Import a widget when it is first asked for, so that scripts need not wait for Jupyter's packages."""
    if name == "LiveSensorPlot":
        from .jupyter.live_sensor_plot import LiveSensorPlot

        return LiveSensorPlot
    if name == "SpectrumPlot":
        from .jupyter.spectrum_plot import SpectrumPlot

        return SpectrumPlot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
