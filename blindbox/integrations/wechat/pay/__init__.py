"""Payments: `gateway` is the contract, one sub-package per protocol version fulfils it."""
