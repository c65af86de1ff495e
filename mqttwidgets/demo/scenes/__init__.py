"""Simulated devices for a story each: a scene is a list of sensors for when it began."""
