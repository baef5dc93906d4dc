"""Who carries out a contract without being its subclass has its methods, with its parameters."""

import ast

import house


def methods(path: str, name: str) -> dict[str, str]:
    """Public methods of a class of the firmware, with their parameters."""
    (found,) = [node for node in house.tree(house.FIRMWARE / path).body if isinstance(node, ast.ClassDef) and node.name == name]
    functions = [node for node in found.body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    return {node.name: ast.unparse(node.args) for node in functions}


def test_the_box_gives_the_link_what_it_asks():
    asked = methods("link/services.py", "Services")
    assert len(asked) > 30
    assert methods("services.py", "BoxServices") == asked
