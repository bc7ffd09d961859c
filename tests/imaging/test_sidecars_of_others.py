"""What sidecars of other programs say stays, to independent readers and to the byte."""

import difflib
import json
import shutil
import subprocess
import unicodedata
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ahash_desktop.imaging.xmp import XmpNote, change_of, merge_xmp, read_xmp
from ahash_desktop.imaging.xmp_packet import XmpError
from tests import patience

CORPUS = sorted((Path(__file__).parents[1] / "data" / "sidecars").glob("*.xmp"))
NOTE = XmpNote(5, ("red crown", "灰鹭", "Müritz", "a < b & \"c\" 'd'"))
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
NAMES = {
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
    "http://www.digikam.org/ns/1.0/": "digiKam",
    "http://ns.microsoft.com/photo/1.0/": "MicrosoftPhoto",
    "http://ns.iview-multimedia.com/mediapro/1.0/": "mediapro",
}
CHANGED = (
    "xmp:Rating",
    "dc:subject",
    "lr:hierarchicalSubject",
    "digiKam:TagsList",
    "MicrosoftPhoto:LastKeywordXMP",
    "mediapro:CatalogSets",
)

of_each = pytest.mark.parametrize("file", CORPUS, ids=lambda file: file.name)


def written_as(data: bytes, way: str) -> bytes:
    text = data.decode()
    if way == "CRLF":
        return text.replace("\n", "\r\n").encode()
    if way == "BOM":
        return b"\xef\xbb\xbf" + data
    if way == "UTF-16":
        return text.replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")
    if way == "ISO-8859-1" and text.startswith("<?xml"):
        text = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"')
        return text.encode("iso-8859-1", "xmlcharrefreplace")
    return data


def inserted(before: bytes, after: bytes) -> list[str]:
    """What was put in; fails if anything but a rating was taken out."""
    steps = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for kind, start, end, *_ in steps:
        if kind in ("replace", "delete"):
            assert before[start:end].strip(b"\0").decode().strip("-").isdigit()
    return [after[at:to].decode(errors="replace") for kind, *_, at, to in steps if kind != "equal"]


def leaves(data: bytes) -> list[tuple[str, ...]]:
    """Every text and attribute with where it stands, but rating and keywords."""
    found = []

    def walk(element: ET.Element, way: tuple[str, ...]) -> None:
        namespace, _, local = element.tag.removeprefix("{").rpartition("}")
        if f"{NAMES.get(namespace)}:{local}" in CHANGED:
            return
        way = (*way, element.tag)
        for name, value in element.attrib.items():
            space, _, own = name.removeprefix("{").rpartition("}")
            if f"{NAMES.get(space)}:{own}" not in CHANGED:
                found.append((*way, name, value))
        found.append((*way, (element.text or "") if not len(element) else ""))
        for child in element:
            walk(child, way)

    walk(ET.fromstring(data), ())  # noqa: S314 - the tests' own
    return sorted(found)


@of_each
@pytest.mark.parametrize("way", ["as it is", "CRLF", "BOM", "UTF-16", "ISO-8859-1"])
def test_all_that_a_sidecar_says_stays_however_it_is_written(file: Path, way: str) -> None:
    before = written_as(file.read_bytes(), way)
    known = read_xmp(before)

    after = merge_xmp(before, NOTE)

    assert leaves(after) == leaves(before)
    now = read_xmp(after)
    assert now.rating == 5
    assert now.keywords[: len(known.keywords)] == known.keywords
    assert set(NOTE.keywords) <= set(now.keywords)
    assert merge_xmp(after, NOTE) == after
    assert change_of(after, NOTE).note == XmpNote()


@of_each
def test_every_byte_but_the_rating_stays_where_it_was(file: Path) -> None:
    before = file.read_bytes()
    for part in inserted(before, merge_xmp(before, NOTE)):
        assert not part.startswith("<x:"), part
    assert merge_xmp(before, XmpNote()) == before


@of_each
def test_keywords_join_every_list_that_the_sidecar_has(file: Path) -> None:
    before = file.read_bytes()
    change = change_of(before, XmpNote(None, ("red crown",)))
    has = [name for name in CHANGED[2:] if name.split(":")[1].encode() in before]
    assert sorted(change.lists) == sorted(has)
    after = merge_xmp(before, XmpNote(None, ("red crown",)))
    assert after.count(b"li>red crown</") == 1 + len(has)


def run(*command: str) -> str:
    return subprocess.run(
        command, capture_output=True, check=True, timeout=patience.LATER_S
    ).stdout.decode()


def said_to_exiftool(file: Path) -> dict[str, object]:
    if shutil.which("exiftool") is None:
        pytest.skip("ExifTool is not installed")
    (said,) = json.loads(run("exiftool", "-j", "-a", "-G1", "-struct", "-XMP:all", str(file)))
    del said["SourceFile"]
    return dict(said)


def said_to_exiv2(file: Path) -> dict[str, object]:
    if shutil.which("exiv2") is None:
        pytest.skip("exiv2 is not installed")
    lines = run("exiv2", "-q", "-PXkv", str(file)).split("\nXmp.")
    pairs = [line.removeprefix("Xmp.").split(None, 1) for line in lines if line.strip()]
    return {key: value for key, *values in pairs for value in values or [""]}


def is_changed(key: str) -> bool:
    """Whether a key of one of the readers tells a rating or keywords."""
    return any(
        key.replace("XMP-", "").replace(".", ":").casefold().startswith(name.casefold())
        for name in (*CHANGED, "microsoft:LastKeywordXMP")
        if "By" not in key and "?" not in key
    )


@of_each
@pytest.mark.parametrize("said", [said_to_exiftool, said_to_exiv2])
@pytest.mark.parametrize("way", ["as it is", "CRLF"])
def test_an_independent_reader_is_told_all_it_was_and_the_new(
    tmp_path: Path, file: Path, said, way: str
) -> None:
    path = tmp_path / file.name
    path.write_bytes(written_as(file.read_bytes(), way))
    before = said(path)
    path.write_bytes(merge_xmp(path.read_bytes(), NOTE))

    after = said(path)

    def kept(told: dict[str, object]) -> dict[str, object]:
        return {key: value for key, value in told.items() if not is_changed(key)}

    assert kept(before)
    assert kept(after) == kept(before)
    rating = {key: value for key, value in after.items() if key.endswith("xmp.Rating")}
    rating |= {key: value for key, value in after.items() if key == "XMP-xmp:Rating"}
    assert {str(value).strip() for value in rating.values()} == {"5"}
    told = json.dumps(list(after.values()), ensure_ascii=False)
    assert told.count("red crown") >= 1 + len(change_of(file.read_bytes(), NOTE).lists)


def sidecar_with(attributes: dict[str, str], inside: str) -> bytes:
    written = "".join(f' p:{name}="{value}"' for name, value in attributes.items())
    return (
        f'<rdf:RDF xmlns:rdf="{RDF[1:-1]}" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:p="http://example.org/p/">'
        f"<rdf:Description{written}>{inside}</rdf:Description></rdf:RDF>"
    ).encode()


written_text = st.lists(
    st.sampled_from(
        ["a", " ", "\n", "\r\n", "\t", "&#xA;", "&#13;", "&#x9;", "&amp;", "&lt;", "&apos;", "灰"]
    ),
    max_size=8,
).map("".join)
element_text = st.one_of(
    written_text.map(lambda text: f"<p:one>{text}</p:one>"),
    written_text.map(lambda text: f"<p:data><![CDATA[{text}]]></p:data>"),
    written_text.map(lambda text: f"<!-- {text.replace('-', '')} --><?keep {text}?>"),
    written_text.map(lambda text: f"<p:s p:a='{text}'/><p:s p:a=\"\"></p:s>"),
)


@settings(deadline=None)
@given(
    st.dictionaries(st.sampled_from(["A", "B", "C"]), written_text),
    st.lists(element_text, max_size=4).map("".join),
)
def test_any_text_stays_what_it_is(attributes: dict[str, str], inside: str) -> None:
    before = sidecar_with(attributes, inside)
    after = merge_xmp(before, XmpNote(4, ("owl",)))
    assert leaves(after) == leaves(before)
    assert read_xmp(after) == XmpNote(4, ("owl",))


@pytest.mark.parametrize(
    "stated",
    [
        '<xmp:Rating rdf:value="1" p:by="Ada"/>',
        '<xmp:Rating rdf:parseType="Resource"><rdf:value>1</rdf:value><p:by>A</p:by></xmp:Rating>',
        "<xmp:Rating><rdf:Description><rdf:value>1</rdf:value></rdf:Description></xmp:Rating>",
        '<xmp:Rating><rdf:Description rdf:value="1" p:by="Ada"/></xmp:Rating>',
    ],
)
def test_a_rating_changes_beside_its_qualifiers(stated: str) -> None:
    before = sidecar_with({}, stated)
    assert read_xmp(before).rating == 1
    after = merge_xmp(before, XmpNote(4))
    assert read_xmp(after).rating == 4
    assert after.decode() == before.decode().replace(">1<", ">4<").replace('"1"', '"4"')


def test_a_rating_that_is_stated_twice_is_changed_twice() -> None:
    before = sidecar_with({}, "<xmp:Rating>1</xmp:Rating><xmp:Rating>2</xmp:Rating>")
    assert merge_xmp(before, XmpNote(2)).count(b">2<") == 2


@pytest.mark.parametrize(
    "stated",
    [
        '<dc:subject rdf:resource="http://example.org"/>',
        '<dc:subject rdf:parseType="Resource"><p:a>1</p:a></dc:subject>',
    ],
)
def test_keywords_that_are_no_list_are_refused(stated: str) -> None:
    with pytest.raises(XmpError, match="dc:subject is neither"):
        merge_xmp(sidecar_with({}, stated), XmpNote(None, ("owl",)))


def test_composed_and_decomposed_letters_are_one_keyword() -> None:
    composed, decomposed = (unicodedata.normalize(form, "Kälte") for form in ("NFC", "NFD"))
    for there, asked in ((composed, decomposed), (decomposed, composed)):
        before = merge_xmp(None, XmpNote(None, (there,)))
        assert merge_xmp(before, XmpNote(None, (asked,))) == before
        assert merge_xmp(None, XmpNote(None, (there, asked))).count(b"rdf:li>") == 2


@pytest.mark.parametrize("prefixless", [False, True])
def test_a_packet_without_any_description_is_added_to(prefixless: bool) -> None:
    data = f'<rdf:RDF xmlns:rdf="{RDF[1:-1]}"/>'
    if prefixless:
        data = f'<RDF xmlns="{RDF[1:-1]}"></RDF>'
    assert read_xmp(merge_xmp(data.encode(), XmpNote(2, ("a",)))) == XmpNote(2, ("a",))
