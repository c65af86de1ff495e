"""One file for each format that payloads come in: what it says, and nothing of what that means."""
