"""The script for Inno Setup, whose installer is for one user and needs no administrator."""

from collections.abc import Sequence
from pathlib import Path

from installer.product import FOLDER_NAME, PACKAGE, PROGRAMS, TITLE, VERSION

APP_ID = "{{6E0B0C2E-0B53-4E0C-9B64-6C5C5A5C8A4D}"
SIGN_TOOL = "ahash"
"""The name under which Inno Setup is told of a signing tool, with `/Sahash=…`."""

SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".heif",
    ".jp2", ".psd", ".arw", ".cr2", ".cr3", ".crw", ".dng", ".nef", ".orf", ".pef", ".raf", ".rw2",
)  # fmt: skip
"""Suffixes for which the program is offered under "open with"."""

_HEAD = f"""\
; {TITLE} for Windows: iscc {PACKAGE}.iss, signed with iscc "/S{SIGN_TOOL}=signtool sign … $f"
[Setup]
AppId={APP_ID}
AppName={TITLE}
AppVersion={VERSION}
AppVerName={TITLE} {VERSION}
DefaultDirName={{autopf}}\\{FOLDER_NAME}
DefaultGroupName={TITLE}
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
ChangesAssociations=yes
CloseApplications=yes
Compression=lzma2/max
SolidCompression=yes
OutputBaseFilename={FOLDER_NAME}-{VERSION}-windows-x64
UninstallDisplayIcon={{app}}\\{PROGRAMS[0].name}.exe
WizardStyle=modern
"""

_LANGUAGES = """
[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"

[CustomMessages]
english.FindSimilar=Find similar photos
english.DesktopIcon=Put an icon on the desktop
"""

_REST = f"""
[Tasks]
Name: desktopicon; Description: "{{cm:DesktopIcon}}"; Flags: unchecked

[Icons]
Name: "{{autoprograms}}\\{TITLE}"; Filename: "{{app}}\\{PROGRAMS[0].name}.exe"
Name: "{{autodesktop}}\\{TITLE}"; Filename: "{{app}}\\{PROGRAMS[0].name}.exe"; Tasks: desktopicon

[Run]
Filename: "{{app}}\\{PROGRAMS[0].name}.exe"; Flags: postinstall nowait skipifsilent; \
Description: "{TITLE}"

[InstallDelete]
; What an older version had and this one has not would be loaded all the same.
Type: filesandordirs; Name: "{{app}}\\_internal"
"""


def inno_script(folder: Path, *, signed: bool) -> str:
    """The script for a folder with the programs.

    Args:
        folder: The folder, as the machine that runs Inno Setup sees it.
        signed: Whether programs and installer are signed, by the tool named `SIGN_TOOL`.
    """
    signing = f"SignTool={SIGN_TOOL}\nSignedUninstaller=yes\n" if signed else ""
    flag = " sign" if signed else ""
    programs = "; ".join(f"{program.name}.exe" for program in PROGRAMS)
    excluded = ",".join(f"\\{program.name}.exe" for program in PROGRAMS)
    files = [
        "\n[Files]",
        f"; the programs ({programs}) by themselves, for they are signed",
        *(
            f'Source: "{folder}\\{program.name}.exe"; DestDir: "{{app}}"; '
            f"Flags: ignoreversion{flag}"
            for program in PROGRAMS
        ),
        (
            f'Source: "{folder}\\*"; DestDir: "{{app}}"; Excludes: "{excluded}"; '
            "Flags: ignoreversion recursesubdirs createallsubdirs"
        ),
    ]
    registry = ["\n[Registry]", *_registry_lines()]
    return _HEAD + signing + _LANGUAGES + "\n".join([*files, *registry]) + "\n" + _REST


def _registry_lines() -> Sequence[str]:
    """What offers the program for pictures, also to find their like, to this user only."""
    program = f"{{app}}\\{PROGRAMS[0].name}.exe"
    command = f'""{program}"" ""%1""'
    own = f"Software\\Classes\\Applications\\{PROGRAMS[0].name}.exe"
    verb = f"Software\\Classes\\SystemFileAssociations\\image\\shell\\{FOLDER_NAME}"
    lines = [
        _registry(own, "FriendlyAppName", TITLE, removes_key=True),
        _registry(f"{own}\\shell\\open\\command", "", command),
        _registry(verb, "", "{cm:FindSimilar}", removes_key=True),
        _registry(verb, "Icon", program),
        _registry(f"{verb}\\command", "", command),
    ]
    lines += [_registry(f"{own}\\SupportedTypes", suffix, "") for suffix in SUFFIXES]
    return lines


def _registry(key: str, name: str, data: str, *, removes_key: bool = False) -> str:
    flags = " uninsdeletekey" if removes_key else " uninsdeletevalue"
    return (
        f'Root: HKCU; Subkey: "{key}"; ValueType: string; ValueName: "{name}"; '
        f'ValueData: "{data}"; Flags:{flags}'
    )
