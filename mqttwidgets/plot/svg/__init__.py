"""A Frame as a picture that stands by itself, for the saved notebook, for print and for files."""
