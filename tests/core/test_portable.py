"""Commands that are passed on name nobody's folders."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahash_desktop.core.portable import make_portable, portable_command


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("/home/alice/Pictures/birds", "birds"),
        ("/home/alice", "…"),
        ("/home/alice/", "…"),
        ("/Users/alice", "…"),
        ("~/birds/labels.csv", "labels.csv"),
        ("~", "…"),
        ("~alice", "…"),
        ("~alice/birds", "birds"),
        ("../../alice/birds", "birds"),
        ("..", "…"),
        ("/", "…"),
        (r"C:\Users\alice\birds", "birds"),
        (r"C:\Users\alice", "…"),
        ("C:/Users/alice/birds", "birds"),
        ("C:/", "…"),
        (r"\\server\alice\birds", "birds"),
        ("--out=/home/alice/mine", "--out=mine"),
        ("--attributes=~/a.csv", "--attributes=a.csv"),
        ("kind=/home/alice/x", "kind=x"),
        ("birds/labels.csv", "birds/labels.csv"),
        ("--bits", "--bits"),
        ("48", "48"),
        ("kind=bbox", "kind=bbox"),
        ("https://creativecommons.org/licenses/by/4.0/", None),
        ("CC-BY/4.0", None),
        ("research, non-commercial", None),
        ("caf\udce9", "caf\ufffd"),
    ],
)
def test_a_path_of_one_machine_is_its_name(word, told):
    assert shlex.split(portable_command([word])) == [word if told is None else told]


def test_a_noted_command_is_made_so():
    command = "ahash train '/home/alice/my birds' --out /home/alice/out --bits 48"
    assert make_portable(command) == "ahash train 'my birds' --out out --bits 48"
    assert make_portable("ahash train 'torn") == ""


@given(
    st.lists(st.text(st.characters(exclude_characters="\x00"), max_size=12), max_size=6),
    st.sampled_from(["/home/zaphod/", "/Users/zaphod/", "C:\\Users\\zaphod\\", "~zaphod/"]),
)
def test_no_command_tells_who_typed_it(names, home):
    words = [home + name for name in names]
    told = portable_command(words)
    assert "zaphod" not in told
    assert make_portable(told) == told
