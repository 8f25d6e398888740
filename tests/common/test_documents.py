"""What the documents point at is there: links, files, commands."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
IDS = [str(document.relative_to(ROOT)) for document in DOCUMENTS]
EXAMPLES = {"activities/gameplay/gacha.py"}  # the guide's, written by its reader


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_link_within_the_repository_leads_somewhere(document):
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", document.read_text())
    assert [target for target in targets if not (document.parent / target).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_file_that_is_named_with_its_folder_exists(document):
    named = set(re.findall(r"`((?:[\w.]+/)+\w+\.(?:py|txt|md|yaml|json))`", document.read_text()))
    own = {name for name in named if name.split("/")[0] in {path.name for path in ROOT.iterdir()}}
    assert [name for name in sorted(own - EXAMPLES) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_command_that_is_named_exists(document):
    named = set(re.findall(r"(?:manage\.py|dev\.py manage) ([a-z_]+)", document.read_text()))
    assert sorted(named - set(get_commands())) == []


def test_the_readme_lists_every_command_of_ours():
    table = (ROOT / "README.md").read_text().split("## Commands")[1].split("## ")[0]
    listed = set(re.findall(r"^\| `([a-z_]+)", table, re.MULTILINE))
    ours = {name for name, app in get_commands().items() if app.startswith("blindbox.")}
    assert listed == ours
