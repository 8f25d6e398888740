"""The page at `/`: where everything is."""
