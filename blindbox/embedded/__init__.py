"""The embedded default: everything that `python3 dev.py run` starts, on one machine, without a server to install."""
