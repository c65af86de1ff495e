"""What is known of a topic: its memory, and fast readers for payloads like the earlier ones.

A fast reader gives what the rules give, or None: `test_compiled_topics.py` holds both together.
"""
