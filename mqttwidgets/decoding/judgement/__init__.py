"""Which values are measurements, when they were taken, and in which unit."""
