"""The generic draw tool around its kernel: who may draw now, how often, from what, and how the prize arrives."""
