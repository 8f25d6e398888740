"""WeChat: the mini-program server API and payments, each behind its own small interface."""
