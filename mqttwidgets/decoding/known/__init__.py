"""What is known of a topic: its memory, and fast readers for payloads like the earlier ones."""
