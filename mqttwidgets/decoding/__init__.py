"""From payload to samples: pure functions without input or output; `explain` says why.

Knows one message and what its topic showed before, and nothing of series, network or screen. Imports base alone.
A payload is hostile: every reader is bounded in numbers, depth, text, time and memory.
"""
