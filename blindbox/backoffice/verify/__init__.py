"""The page on which anyone verifies a draw, on their own device."""
