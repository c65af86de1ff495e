"""The memory of topics, and the fast readers that are compiled from it for payloads like the earlier ones.

A fast reader gives the samples that the rules give, or None: `test_compiled_topics.py` holds both together.
"""
