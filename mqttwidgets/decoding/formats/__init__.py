"""The formats that payloads come in, a file each: they read the words and numbers of a payload, not their meaning.

Imports base, `format` and `limits`; a text that is judged as it is read asks `rules`.
"""
