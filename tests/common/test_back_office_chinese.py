"""Unfold ships no translations, so every sentence that it can show must be in our own catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
import unfold
from django.contrib.auth.password_validation import CommonPasswordValidator, MinimumLengthValidator
from django.utils.translation import gettext, ngettext, override

from tests.architecture.sources import tree_of

PACKAGE = Path(unfold.__file__).parent
# parts of Unfold that are not installed here
ELSEWHERE = {"constance", "guardian", "import_export", "simple_history", "location_field", "forms", "inlines"}
DJANGO = Path(django.__file__).parent
# Unfold has its own list of apps; nobody resets a password by mail here
NOT_SHOWN = {"app_list.html", "password_reset_email.html"}
MARKS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
IN_TEMPLATE = re.compile(r"{%\s*(?:trans|translate)\s+(?:\"([^\"]+)\"|'([^']+)')")
BLOCK = re.compile(r"{%\s*blocktrans(?:late)?(?P<how>[^%]*)%}(?P<text>.*?){%\s*(?:plural|endblocktrans)", re.DOTALL)
VARIABLE = re.compile(r"{{\s*(\w+)[^}]*}}")


def _texts() -> Iterator[str]:
    for path in PACKAGE.rglob("*"):
        if ELSEWHERE & set(path.relative_to(PACKAGE).parts):
            continue
        if path.suffix == ".html":
            yield from _of_template(path.read_text())
        elif path.suffix == ".py":
            yield from _of_module(tree_of(path.read_text()))


def _of_template(source: str) -> Iterator[str]:
    for double, single in IN_TEMPLATE.findall(source):
        yield double or single
    for block in BLOCK.finditer(source):
        text = VARIABLE.sub(r"%(\1)s", block["text"])
        yield " ".join(line.strip() for line in text.strip().splitlines()) if "trimmed" in block["how"] else text


def _of_module(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_" and node.args:
            yield str(ast.literal_eval(node.args[0]))


def _of_django() -> Iterator[str]:
    for place in ("contrib/admin", "contrib/auth", "forms", "core/validators.py", "db/models"):
        for path in {DJANGO / place, *(DJANGO / place).rglob("*")}:
            if path.suffix == ".html" and path.name not in NOT_SHOWN:
                yield from _of_template(path.read_text())
            elif path.suffix == ".py":
                yield from _marked(_parsed(path))


def _parsed(path: Path) -> ast.Module:
    return tree_of(path.read_text())


def _marked(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        name = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
        if name in MARKS and isinstance(node.args[0], ast.Constant):
            yield str(node.args[0].value)


def _is_english(text: str) -> bool:
    return re.search(r"[a-zA-Z]{2}", VARIABLE.sub("", re.sub(r"%\(\w+\)s", "", text))) is not None


def _is_translated(text: str) -> bool:
    """Return whether the catalogue has a text, alone or as a singular: older Pythons 3.11 keep these apart."""
    return gettext(text) != text or ngettext(text, text, 1) != text


def test_nothing_that_django_shows_to_operators_is_still_english():
    with override("zh-hans"):
        english = {text for text in _of_django() if _is_english(text) and not _is_translated(text)}
    assert english <= {"IPv4", "IPv6", "URL"}


def test_nothing_that_unfold_shows_is_still_english():
    with override("zh-hans"):
        english = {text for text in _texts() if _is_english(text) and not _is_translated(text)}
    assert english == set()


def test_the_compiled_catalogue_is_the_one_in_the_source():
    folder = Path(__file__).parents[2] / "blindbox/locale/zh_Hans/LC_MESSAGES"
    source = (folder / "django.po").read_text()
    with override("zh-hans"):
        for msgid, msgstr in re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE):
            assert gettext(ast.literal_eval(f'"{msgid}"')) == ast.literal_eval(f'"{msgstr}"')


@pytest.mark.parametrize("count", [1, 10])
def test_what_is_wrong_with_a_password_is_said_in_chinese(count):
    short, common = MinimumLengthValidator(count), CommonPasswordValidator()
    with override("zh-hans"):
        assert short.get_error_message() == f"密码太短，至少要 {count} 个字符。"
        assert not [text for text in (short.get_help_text(), common.get_help_text()) if _is_english(text)]
