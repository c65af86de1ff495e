"""What a person sees: traits, layout and wiring."""
