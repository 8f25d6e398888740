"""The kinds of prizes: each a small class that says how it is handed out, taken back, and what it needs."""
