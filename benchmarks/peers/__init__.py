"""Who draws the live lines: mqttwidgets and its peers, each used as its own documentation says for streaming.

A module for each, loaded in the notebook's kernel, with

- `PACKAGES`: the distributions whose versions count;
- `WATCH`: JavaScript that gives `bench.watch` of probe.js what to look at; `PLOTS` stands for their number;
- `LEVELS`: how many places its line can end at that can be told apart, a prime number;
- `Peer(setting)`: shows the plots in the cell that makes it; `push(x, y)` gives every plot new samples, float64
  arrays of one length, and has the picture drawn.
"""
