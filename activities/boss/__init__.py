"""Boss challenges: what draws of a flagged activity do to its Boss, and what that earns. A step after the draw."""
