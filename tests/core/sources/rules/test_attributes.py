from aura_core.sources.rules.attributes import Attributes, parse_attributes


def test_the_last_line_of_the_deepest_attribute_file_wins() -> None:
    top = parse_attributes(
        b"*.py linguist-generated\nb.py !linguist-generated\n"
        b"*.js linguist-generated=false linguist-vendored=true\n[bad filter=x\n"
    )
    rules = Attributes({"": top, "d": parse_attributes(b"a.py -linguist-generated\n")})
    values = {
        path: rules.get(path, "linguist-generated") for path in ("a.py", "b.py", "d/a.py", "d/c.py", "x.js", "x.c")
    }
    assert values == {"a.py": True, "b.py": None, "d/a.py": False, "d/c.py": True, "x.js": False, "x.c": None}
    assert rules.get("x.js", "linguist-vendored") is True


def test_a_quoted_attribute_pattern_is_a_c_string() -> None:
    rules = Attributes(
        {"": parse_attributes(b'"\\303\\251 x.py" filter=lfs\n"tab\\there" filter=lfs\n"bad\\x" filter=lfs\n')}
    )
    assert [rules.get(path, "filter") for path in ("é x.py", "tab\there", "e x.py")] == ["lfs", "lfs", None]
