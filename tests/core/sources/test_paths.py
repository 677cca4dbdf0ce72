import pytest

from aura_core.sources.paths import decode_path, display_path, encode_path


@pytest.mark.parametrize("raw", [b"plain", "é".encode(), b"\xff\xfe", b"mixed\xe9" + "é".encode()])
def test_a_working_path_can_be_turned_back(raw: bytes) -> None:
    assert encode_path(decode_path(raw)) == raw
    assert display_path(decode_path(raw)).encode()
