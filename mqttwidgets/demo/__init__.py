"""Something to look at without any hardware: an embedded broker and simulated sensors."""
