"""Commands that say how updates go about their work: pause, resume, settings."""

import argparse
from dataclasses import asdict, replace
from typing import Any

from ahash_desktop.cli.context import Context
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import typed_path
from ahash_desktop.core.settings import CHOICES, RANGES, Settings, change_settings, load_settings

_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    pause = commands.add_parser("pause", help="hold all updates, also of running programs")
    pause.set_defaults(run=lambda context, _: _set_paused(context, paused=True))

    resume = commands.add_parser("resume", help="let updates go on")
    resume.set_defaults(run=lambda context, _: _set_paused(context, paused=False))

    settings = commands.add_parser("settings", help="show the settings, or change one")
    settings.add_argument("name", nargs="?", metavar="NAME")
    settings.add_argument("value", nargs="?", metavar="VALUE")
    settings.set_defaults(run=run_settings)


def run_settings(context: Context, arguments: argparse.Namespace) -> None:
    """Shows all settings, or one, or changes one."""
    settings = load_settings(context.paths.settings)
    if arguments.name is not None and arguments.name not in asdict(settings):
        raise UserFacingError(
            f"there is no setting {arguments.name!r}",
            remedy=f"The settings are: {', '.join(asdict(settings))}",
        )
    if arguments.value is not None:
        settings = _changed(settings, arguments.name, arguments.value)
        changes = {arguments.name: getattr(settings, arguments.name)}
        settings = change_settings(context.paths.settings, **changes)
    shown: dict[str, object] = {
        name: value for name, value in asdict(settings).items() if arguments.name in (None, name)
    }
    lines = [f"{name:20} {_told(value)}" for name, value in shown.items()]
    context.output.result({"settings": shown}, lines)


def _set_paused(context: Context, *, paused: bool) -> None:
    change_settings(context.paths.settings, paused=paused)
    told = "updates are paused until: ahash resume" if paused else "updates go on"
    context.output.result({"paused": paused}, [told])


def _changed(settings: Settings, name: str, text: str) -> Settings:
    """The settings with one changed.

    Raises:
        UserFacingError: If the value does not fit.
    """
    try:
        value = _parse(text, type(getattr(settings, name)))
        if name == "thumbnails_folder" and value:
            value = str(typed_path(value).absolute())
        return replace(settings, **{name: value})
    except ValueError:
        raise UserFacingError(
            f"setting {name!r} cannot be {text!r}",
            remedy=f"It can be {_fitting(name, type(getattr(settings, name)))}",
        ) from None


def _fitting(name: str, kind: type) -> str:
    """What a setting can be, for a person."""
    if name in CHOICES:
        return f"one of: {', '.join(CHOICES[name])}"
    if name in RANGES:
        return RANGES[name]
    return "yes or no" if kind is bool else "a text"


def _parse(text: str, kind: type) -> Any:
    if kind is bool:
        if text.lower() not in _YES + _NO:
            raise ValueError(text)
        return text.lower() in _YES
    return kind(text)


def _told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
