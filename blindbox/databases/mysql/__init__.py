"""Django's MySQL backend with less to say to the server (docs/adr/0015)."""
