"""The locks: complete, hashed, of one mind, and free of anybody's mirror."""

import re
from itertools import pairwise

import pytest

from tests.setup.running import ROOT

LOCKS = {path.stem: path.read_text() for path in sorted((ROOT / "requirements").glob("*.txt"))}
PIN = re.compile(r"^([a-z0-9][a-z0-9-]*)==(\S+)", re.MULTILINE)


def test_there_is_a_lock_for_every_source():
    assert sorted(LOCKS) == sorted(path.stem for path in (ROOT / "requirements").glob("*.in"))


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash(name):
    lines = [line for line in LOCKS[name].splitlines() if line and not line.lstrip().startswith("#")]
    assert lines
    unhashed = [
        one for one, following in pairwise([*lines, ""]) if PIN.match(one) and "--hash=sha256:" not in following
    ]
    assert unhashed == []


@pytest.mark.parametrize("name", LOCKS)
def test_no_lock_names_an_index_and_each_says_how_it_was_made(name):
    assert "://" not in LOCKS[name]
    assert f"--no-emit-index-url requirements/{name}.in -o requirements/{name}.txt" in LOCKS[name].splitlines()[1]


def test_locks_that_share_a_package_share_its_version():
    versions: dict[str, set[str]] = {}
    for content in LOCKS.values():
        for package, version in PIN.findall(content):
            versions.setdefault(package, set()).add(version)
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_a_lock_contains_the_locks_that_dev_py_thinks_it_does(dev):
    packages = {name: {package for package, _version in PIN.findall(content)} for name, content in LOCKS.items()}
    missing = {
        (lock, part): packages[part] - packages[lock]
        for lock, parts in dev.CONTAINS.items()
        for part in parts
        if packages[part] - packages[lock]
    }
    assert missing == {}


def test_the_full_stack_is_the_base_and_the_mysql_driver():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "-r requirements/base.txt",
        "-r requirements/mysql.txt",
    ]
    assert "apt-get install" in lines[1]
