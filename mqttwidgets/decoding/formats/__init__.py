"""One file for each format that payloads come in: what it says, and nothing of what that means.

Imports base, and what a reader finds (`findings`, `deadline`); a text that is judged as it is read asks `rules`.
"""
