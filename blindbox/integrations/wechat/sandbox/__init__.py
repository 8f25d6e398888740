"""
An offline WeChat over loopback, for development and tests.

It speaks WeChat's own protocols with its own keys, so blindbox talks to it through the very code that talks to WeChat.
It needs no settings and no database server: `python -m blindbox.integrations.wechat.sandbox serve --data .data`.
"""

from blindbox.integrations.wechat.sandbox.server import SandboxServer

__all__ = ["SandboxServer"]
