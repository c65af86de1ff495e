"""From series to the screen: what to show, when, and how it gets there."""
