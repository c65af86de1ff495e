"""Levels and spans on their way from a Frame to annotations.js."""

from __future__ import annotations

import math

from msgspec.structs import replace

from mqttwidgets.jupyter.picture import Picture
from mqttwidgets.plot.frame import Axis, Frame, Level, Span

PLAIN = Frame((), Axis((0.0, 10.0), ()), (Axis((0.0, 1.0), ()), Axis((0.0, 100.0), ())))
LEVEL = Level(30.0, 1, "above <30>", "#e0600f")
SPANS = (Span(1.0, 2.0, "#7f8c8d", "selection"), Span(3.0, math.inf, "#e0600f", "alarm", "▲ above 30"))


def test_a_picture_without_annotations_has_no_widget_for_them() -> None:
    picture = Picture(None)
    picture.show(PLAIN)
    assert picture.layers == ()


def test_annotations_are_sent_once_and_when_they_change() -> None:
    picture = Picture(None)
    picture.show(PLAIN)
    annotated = replace(PLAIN, levels=(LEVEL,), spans=SPANS)
    assert picture.show(annotated) == 1
    (layer,) = picture.layers
    _, right = picture.figure.axes[1:]
    assert layer.figure == picture.figure.model_id
    assert layer.time_scale == picture.figure.axes[0].scale.model_id
    assert layer.levels == [[right.scale.model_id, 30.0, "above <30>", "#e0600f"]]
    assert layer.spans == [
        ["selection", 1.0, 2.0, "!", "#7f8c8d"],
        ["alarm", 3.0, None, "▲ above 30", "#e0600f"],
    ]
    assert picture.show(replace(annotated)) == 0
    assert picture.show(PLAIN) == 1
    assert layer.levels == layer.spans == []
