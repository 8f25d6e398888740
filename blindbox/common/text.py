"""What text from outside may hold."""

import unicodedata

_SHOW_NOTHING = {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn", "Me"}  # alone; what Python does not know yet may be a new emoji
SHOWN_HEAD, SHOWN_TAIL = 3, 4  # what may be seen of a phone number or of WeChat's name of a person
_BLANKS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a symbol that are drawn as nothing


def unprintable(value: str) -> str | None:
    """Return why a text cannot be stored and shown, or None. Emoji and their joiners are fine."""
    for character in value:
        category = unicodedata.category(character)
        if category in {"Cc", "Cs"} and character not in "\n\t":
            return "含有不可见的控制字符"
        if character in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068":
            return "含有改变文字方向的字符"
    return None


def breaks_line(value: str) -> bool:
    """Tell whether a text is more than one line, or jumps within it."""
    return any(character in "\n\t" or unicodedata.category(character) in {"Zl", "Zp"} for character in value)


def shows_nothing(value: str) -> bool:
    """Tell whether nobody could see a text, such as a name of zero-width spaces."""
    return all(character in _BLANKS or unicodedata.category(character) in _SHOW_NOTHING for character in value)


def masked(code: str) -> str:
    """Return a code with its middle hidden, of a short one everything: 13812345678 as 138****5678."""
    hidden = max(len(code) - SHOWN_HEAD - SHOWN_TAIL, 0)
    return f"{code[:SHOWN_HEAD]}{'*' * hidden}{code[-SHOWN_TAIL:]}" if hidden else "*" * len(code)
