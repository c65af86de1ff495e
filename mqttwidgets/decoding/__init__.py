"""From payload to samples: one file per format, pure functions without input or output."""
