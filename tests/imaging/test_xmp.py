"""Sidecars of other programs are added to, and hostile ones refused."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ahash_desktop.imaging.xmp import (
    XmpNote,
    clean_keyword,
    joined,
    merge_xmp,
    read_xmp,
)
from ahash_desktop.imaging.xmp_packet import LARGEST_BYTES, XmpError

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"

DARKTABLE = """<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 4.4.0-Exiv2">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:darktable="http://darktable.sf.net/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmp:Rating="2"
   darktable:xmp_version="5">
   <!-- developed in autumn -->
   <dc:subject>
    <rdf:Bag>
     <rdf:li>heron</rdf:li>
     <rdf:li>K&#xE4;lte &amp; Eis</rdf:li>
    </rdf:Bag>
   </dc:subject>
   <darktable:history>
    <rdf:Seq>
     <rdf:li darktable:num="0" darktable:operation="exposure" darktable:params="gz02eJx"/>
    </rdf:Seq>
   </darktable:history>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
"""

LIGHTROOM = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <r:Description r:about="uuid:1" xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/"
    crs:Exposure2012="+0.35"/>
  <r:Description r:about="uuid:1" xmlns:xap="http://ns.adobe.com/xap/1.0/">
   <xap:Rating>4</xap:Rating>
  </r:Description>
 </r:RDF>
</x:xmpmeta>"""


def wrapped(inside: str) -> bytes:
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">'
        f"{inside}</rdf:RDF>"
    ).encode()


def parts_of(data: bytes) -> list[tuple]:
    """Every element with its attributes and own text, independent of how it is written."""
    return [
        (each.tag, sorted(each.attrib.items()), (each.text or "").strip())
        for each in ET.fromstring(data).iter()  # noqa: S314 - written by the test
    ]


def test_a_new_sidecar_says_what_it_was_told():
    note = XmpNote(4, ("red crown", "灰鹭", "a < b & c"))
    data = merge_xmp(None, note)
    assert read_xmp(data) == note
    assert data.startswith(b"<?xpacket")
    assert data.rstrip().endswith(b'<?xpacket end="w"?>')


def test_a_sidecar_of_darktable_keeps_all_it_says():
    before = DARKTABLE.encode()
    assert read_xmp(before) == XmpNote(2, ("heron", "Kälte & Eis"))
    merged = merge_xmp(before, XmpNote(5, ("heron", "red crown")))
    assert read_xmp(merged) == XmpNote(5, ("heron", "Kälte & Eis", "red crown"))
    kept, now = parts_of(before), parts_of(merged)
    changed = [part for part in kept if part not in now]
    assert [tag for tag, _, _ in changed] == [f"{RDF}Description"]
    assert [part for part in now if part not in kept and part[0] == f"{RDF}li"] == [
        (f"{RDF}li", [], "red crown")
    ]
    assert b"<!-- developed in autumn -->" in merged
    assert b'darktable:params="gz02eJx"' in merged
    assert b'darktable:xmp_version="5"' in merged


def test_a_sidecar_of_lightroom_with_prefixes_of_its_own_is_added_to():
    merged = merge_xmp(LIGHTROOM.encode(), XmpNote(1, ("owl",)))
    assert read_xmp(merged) == XmpNote(1, ("owl",))
    assert b'crs:Exposure2012="+0.35"' in merged
    abouts = [
        each.get(f"{RDF}about")
        for each in ET.fromstring(merged).iter(f"{RDF}Description")  # noqa: S314 - ours
    ]
    assert set(abouts) == {"uuid:1"}


def test_a_rating_of_none_leaves_the_rating():
    assert read_xmp(merge_xmp(DARKTABLE.encode(), XmpNote(None, ("x",)))).rating == 2


@pytest.mark.parametrize("rating", range(6))
def test_every_rating_comes_back(rating):
    for before in (None, DARKTABLE.encode(), LIGHTROOM.encode()):
        assert read_xmp(merge_xmp(before, XmpNote(rating))).rating == rating


IN_A_LIST = (
    "<rdf:Description><dc:subject><rdf:Seq><rdf:li>heron</rdf:li></rdf:Seq></dc:subject>"
    "</rdf:Description>"
)


@pytest.mark.parametrize(
    "stated",
    [
        '<rdf:Description dc:subject="heron"/>',
        "<rdf:Description><dc:subject>heron</dc:subject></rdf:Description>",
        IN_A_LIST,
    ],
)
def test_keywords_are_known_however_they_are_stated(stated):
    assert read_xmp(wrapped(stated)).keywords == ("heron",)
    merged = merge_xmp(wrapped(stated), XmpNote(keywords=("heron", "owl")))
    assert read_xmp(merged).keywords == ("heron", "owl")
    assert merged.count(b"heron") == 1


@pytest.mark.parametrize("text", ["-1", "6", "2.5", "many", ""])
def test_a_rating_that_is_no_number_of_stars_is_none(text):
    data = wrapped(f"<rdf:Description><xmp:Rating>{text}</xmp:Rating></rdf:Description>")
    assert read_xmp(data).rating is None
    assert read_xmp(merge_xmp(data, XmpNote(3))).rating == 3


BOMB = '<!DOCTYPE r [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY a{n} "&a{n - 1 if n else ""};&a{n - 1 if n else ""};">' for n in range(30)
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (f"{BOMB}]><r>&a29;</r>".encode(), "document type"),
        (b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', "document type"),
        (b'<!DOCTYPE r SYSTEM "http://example.org/x.dtd"><r/>', "document type"),
        ('<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>'.encode("utf-16"), "document type"),
        (b"<r>" * 5000 + b"</r>" * 5000, "too deep"),
        (b"<r>" + b"x" * LARGEST_BYTES + b"</r>", "too large"),
        (b"<r>" + b"<a/>" * 50_000 + b"</r>", "too large"),
        (b"<r " + b" ".join(b'a%d=""' % n for n in range(50_000)) + b"/>", "too large"),
        (b"", "no XML"),
        (b"<r><unclosed></r>", "no XML"),
        (b"\x89PNG\r\n\x1a\n", "no XML"),
        (b'<?xml version="1.0" encoding="no-such"?><r/>', "text is damaged"),
        (b"<r/>", "no XMP"),
    ],
)
def test_what_is_hostile_or_no_sidecar_is_refused(data, reason):
    with pytest.raises(XmpError, match=reason):
        read_xmp(data)
    with pytest.raises(XmpError, match=reason):
        merge_xmp(data, XmpNote(3))


@given(st.lists(st.text(max_size=40), max_size=6), st.sampled_from([None, *range(6)]))
def test_any_words_come_back_cleaned(words, rating):
    note = XmpNote(rating, joined(words))
    for before in (None, DARKTABLE.encode()):
        read = read_xmp(merge_xmp(before, note))
        assert set(note.keywords) <= set(read.keywords)
        twice = merge_xmp(merge_xmp(before, note), note)
        assert read_xmp(twice) == read


@given(st.binary(max_size=400))
def test_bytes_that_are_no_sidecar_are_refused_and_nothing_else_happens(data):
    with pytest.raises(XmpError):
        read_xmp(data)


@pytest.mark.parametrize(
    ("word", "cleaned"),
    [
        ("  red \n crown ", "red crown"),
        ("a\x00b\x07", "a b"),
        ("\ud800", ""),
        ("x" * 999, "x" * 256),
    ],
)
def test_a_keyword_is_one_line_that_xml_can_hold(word, cleaned):
    assert clean_keyword(word) == cleaned


def test_what_we_found_stands_below_our_parent_in_the_lists_that_know_one():
    merged = merge_xmp(None, XmpNote(keywords=("Ahash|red crown", "Ahash|hooked bill", "mine")))
    assert read_xmp(merged).keywords == ("red crown", "hooked bill", "mine")
    text = merged.decode()
    for path in ("Ahash|red crown", "Ahash|hooked bill", "Ahash/red crown", "Ahash/hooked bill"):
        assert f"<rdf:li>{path}</rdf:li>" in text
    assert text.count("<rdf:li>mine</rdf:li>") == 3
    assert merge_xmp(merged, XmpNote(keywords=("Ahash|red crown", "mine"))) == merged


def test_a_new_list_with_parents_takes_along_what_was_known_without_it():
    before = merge_xmp(None, XmpNote(keywords=("heron", "red crown")))
    assert b"hierarchicalSubject" not in before
    merged = merge_xmp(before, XmpNote(keywords=("Ahash|red crown",)))
    assert read_xmp(merged).keywords == ("heron", "red crown")
    text = merged.decode()
    assert text.count("<rdf:li>heron</rdf:li>") == 3
    assert text.count("<rdf:li>red crown</rdf:li>") == 1
    assert "<rdf:li>Ahash|red crown</rdf:li>" in text


def test_own_keywords_begin_no_list_of_parents():
    assert b"hierarchicalSubject" not in merge_xmp(None, XmpNote(keywords=("heron",)))
