"""What stands between a broker and a line: looked at step by step, up to the first cross."""
