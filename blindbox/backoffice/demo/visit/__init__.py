"""A visit to the running shop, over HTTP only and with the standard library: what a mini-program does, step by step."""
