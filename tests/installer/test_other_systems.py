"""What is prepared for Windows and macOS, as far as it can be judged on any system."""

import plistlib
import re
from pathlib import Path

import pytest

from ahash_desktop.core.suffixes import OPENED_SUFFIXES
from installer import mac, windows
from installer.product import VERSION

SECTION = re.compile(r"^\[(\w+)\]$", re.MULTILINE)


@pytest.fixture(params=[False, True], ids=["unsigned", "signed"])
def script(request):
    return windows.inno_script(Path("C:/built/AhashDesktop"), signed=request.param)


def test_the_windows_installer_is_for_one_user(script):
    assert "PrivilegesRequired=lowest\n" in script
    assert f"AppVersion={VERSION}\n" in script
    roots = set(re.findall(r"Root: (\w+)", script))
    assert roots == {"HKCU"}


def test_sections_come_once_and_lines_are_whole(script):
    assert sorted(SECTION.findall(script)) == sorted(set(SECTION.findall(script)))
    assert {"Setup", "Files", "Registry", "Icons"} <= set(SECTION.findall(script))
    for line in script.splitlines():
        assert line.count('"') % 2 == 0, line
        assert line.replace("{{", "").count("{") <= line.count("}"), line


def test_both_programs_are_signed_where_signing_is_asked_for():
    signed = windows.inno_script(Path("built"), signed=True)
    assert signed.count(" sign\n") == 2
    assert "SignedUninstaller=yes" in signed
    assert "SignTool" not in windows.inno_script(Path("built"), signed=False)


def test_windows_offers_the_program_for_suffixes_that_it_opens():
    assert {suffix.removeprefix(".") for suffix in windows.SUFFIXES} <= OPENED_SUFFIXES


def test_what_is_written_to_the_registry_goes_with_the_program(script):
    lines = [line for line in script.splitlines() if line.startswith("Root:")]
    assert lines
    assert all(re.search(r"Flags: uninsdelete(key|value)$", line) for line in lines)


def test_the_bundle_opens_pictures_and_folders():
    told = plistlib.loads(plistlib.dumps(mac.info_plist()))
    types = [
        kind for entry in told["CFBundleDocumentTypes"] for kind in entry["LSItemContentTypes"]
    ]
    assert {"public.image", "public.folder"} <= set(types)
    assert all(entry["LSHandlerRank"] == "Alternate" for entry in told["CFBundleDocumentTypes"])


def test_the_hardened_runtime_is_given_no_more_than_it_needs():
    rights = plistlib.loads(mac.entitlements())
    assert set(rights) == {
        "com.apple.security.cs.disable-library-validation",
        "com.apple.security.cs.allow-unsigned-executable-memory",
    }


def test_nothing_is_signed_or_sent_unless_it_is_asked_for():
    assert mac.signing_commands(Path("a.app"), Path("e.plist"), {}) == []
    assert mac.notarising_commands(Path("a.dmg"), {}) == []


def test_a_signature_is_hardened_and_checked():
    environ = {mac.IDENTITY_VARIABLE: "Developer ID", mac.PROFILE_VARIABLE: "mine"}
    sign, verify = mac.signing_commands(Path("a.app"), Path("e.plist"), environ)
    assert "runtime" in sign
    assert sign[-1] == "a.app"
    assert "--verify" in verify
    submit, staple = mac.notarising_commands(Path("a.dmg"), environ)
    assert "--wait" in submit
    assert staple[-1] == "a.dmg"
