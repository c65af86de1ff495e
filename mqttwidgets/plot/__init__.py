"""The content of a plot, without Jupyter: from series to a Frame, the words around it, and an SVG of both.

Everything here runs and is tested without a notebook. Must not import ipywidgets, bqplot, anywidget or traitlets.
A Frame is a value; a line of it stays the same object for as long as it is drawn the same.
"""
