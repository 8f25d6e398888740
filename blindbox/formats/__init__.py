"""How dates and times are written, one folder a language."""
