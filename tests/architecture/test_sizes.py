"""Small files, small functions."""

import ast
from statistics import median

from tests.architecture.sources import Source, sources

TESTS = ("tests",)


def lines_of(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def file_lines(source: Source) -> int:
    return source.text.count("\n")


def test_no_file_is_over_four_hundred_lines():
    too_long = {each.path: file_lines(each) for each in [*sources(), *sources(*TESTS)] if file_lines(each) > 400}
    assert too_long == {}


def test_half_of_the_files_are_under_sixty_lines():
    assert median(file_lines(each) for each in sources() if each.text) <= 60


def test_no_function_is_over_fifty_lines():
    too_long = {
        f"{source.path}:{function.name}": lines_of(function)
        for source in sources()
        for function in source.functions()
        if lines_of(function) > 50
    }
    assert too_long == {}


def test_functions_are_short():
    lengths = sorted(lines_of(function) for source in sources() for function in source.functions())
    assert median(lengths) <= 8
    assert lengths[int(len(lengths) * 0.9)] <= 20
