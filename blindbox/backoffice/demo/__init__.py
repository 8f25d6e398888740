"""The demo shop: what a newcomer finds after the first start. Made through the services that operators use."""

from blindbox.system.audit import Actor

DEMO = Actor(id=None, name="演示数据")
