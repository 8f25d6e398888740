"""blindbox: a blind-box platform for a WeChat mini-program."""
