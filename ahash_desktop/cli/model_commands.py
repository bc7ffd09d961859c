"""Commands about models: list, show, verify, use, import, export and remove."""

import argparse
from dataclasses import asdict
from pathlib import Path

from ahash_desktop.cli.context import Context, existing_file
from ahash_desktop.cli.output import ProgressLine, size
from ahash_desktop.core.errors import UserFacingError
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.core.records import IndexProgress, ModelChange
from ahash_desktop.hashing.archive import SUFFIX
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.switching import ModelSwitch


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the parsers of these commands."""
    models = commands.add_parser("models", help="the model bundles there are")
    actions = models.add_subparsers(metavar="ACTION")
    models.set_defaults(run=run_list)
    actions.add_parser("list", help="all bundles").set_defaults(run=run_list)
    show = actions.add_parser("show", help="a bundle's card")
    show.add_argument("model", metavar="MODEL")
    show.set_defaults(run=run_show)
    verify = actions.add_parser("verify", help="check every byte of a bundle")
    verify.add_argument("model", metavar="MODEL", nargs="?", help="all bundles if none")
    verify.set_defaults(run=run_verify)
    use = actions.add_parser("use", help="encode the library with a model, then use it")
    use.add_argument("model", metavar="MODEL", nargs="?")
    use.add_argument("--back", action="store_true", help="the model that was used before")
    use.set_defaults(run=run_use)
    bring = actions.add_parser("import", help="add the model of an .ahash file")
    bring.add_argument("file", metavar="FILE")
    bring.set_defaults(run=run_import)
    export = actions.add_parser("export", help="write a model into one .ahash file")
    export.add_argument("model", metavar="MODEL")
    export.add_argument("file", metavar="FILE")
    export.set_defaults(run=run_export)
    remove = actions.add_parser("remove", help="delete a model that was added, and its codes")
    remove.add_argument("model", metavar="MODEL")
    remove.set_defaults(run=run_remove)


def run_list(context: Context, _: argparse.Namespace) -> None:
    """Lists all bundles."""
    infos = _shelf(context).all()
    used = context.settings().model
    data: dict[str, object] = {"models": [_info_json(info, used) for info in infos]}
    lines = [
        f"{'*' if info.manifest.name == used else ' '} {info.manifest.name:20} "
        f"{info.manifest.n_bits:3} bits  {info.manifest.backbone}  {info.folder}"
        for info in infos
    ]
    context.output.result(data, lines or ["no models"])


def run_show(context: Context, arguments: argparse.Namespace) -> None:
    """Shows a bundle's card."""
    info = _shelf(context).get(arguments.model)
    card = info.folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else "this model has no card"
    data = _info_json(info, context.settings().model) | {"card": text}
    context.output.result(data, text.rstrip().splitlines())


def run_verify(context: Context, arguments: argparse.Namespace) -> None:
    """Checks one bundle, or all."""
    shelf = _shelf(context)
    names = [arguments.model] if arguments.model else [str(info.folder) for info in shelf.all()]
    manifests = [shelf.verify(name) for name in names]
    context.output.result(
        {"verified": [manifest.name for manifest in manifests]},
        [f"{manifest.name}: whole, model {manifest.model_id}" for manifest in manifests],
    )


def run_use(context: Context, arguments: argparse.Namespace) -> None:
    """Makes the codes of a model, then puts it into use."""
    if bool(arguments.model) == arguments.back:
        raise UserFacingError("name a model, or say --back", remedy="See: ahash models list")
    switch = _switch(context)
    name = switch.previous() if arguments.back else arguments.model
    if not context.paths.database.exists():
        raise UserFacingError(
            "there is no library yet",
            path=context.paths.folder,
            remedy="Make one with: ahash index FOLDER",
        )
    line = ProgressLine(context.output.err)
    change: ModelChange | None = None
    try:
        for record in switch.use(name, context.token, at_once=True):
            if isinstance(record, IndexProgress):
                line.show(record)
            elif isinstance(record, ModelChange):
                change = record
    finally:
        line.finish()
    if change is not None:
        lines = [f"{change.name} is in use; {change.n_encoded:,} photos were encoded for it"]
        if change.n_lacking:
            lines.append(
                f"{change.n_lacking:,} photos cannot be reached now and follow when they are back"
            )
        context.output.result(asdict(change), lines)


def run_import(context: Context, arguments: argparse.Namespace) -> None:
    """Adds the model of a file."""
    info = _shelf(context).import_file(existing_file(arguments.file))
    context.output.result(
        _info_json(info, context.settings().model),
        [f"{info.manifest.name} was added; use it with: ahash models use {info.manifest.name}"],
    )


def run_export(context: Context, arguments: argparse.Namespace) -> None:
    """Writes a model into one file."""
    file = Path(arguments.file)
    if file.suffix != SUFFIX:
        file = file.with_name(f"{file.name}{SUFFIX}")
    manifest = _shelf(context).export(arguments.model, file)
    context.output.result(
        {"name": manifest.name, "model_id": manifest.model_id, "file": str(file)},
        [f"{manifest.name} was written to {file} ({size(file.stat().st_size)})"],
    )


def run_remove(context: Context, arguments: argparse.Namespace) -> None:
    """Deletes a model that was added."""
    info = _switch(context).remove(arguments.model)
    context.output.result(
        {"removed": info.manifest.name}, [f"{info.manifest.name} and its codes were removed"]
    )


def _switch(context: Context) -> ModelSwitch:
    return ModelSwitch(context.paths, _shelf(context), settings=context.settings)


def _shelf(context: Context) -> ModelShelf:
    return ModelShelf(shipped_models_folder(), context.paths.models, beside=Path.cwd())


def _info_json(info: ModelInfo, used: str) -> dict[str, object]:
    manifest = info.manifest
    return {
        "name": manifest.name,
        "model_id": manifest.model_id,
        "n_bits": manifest.n_bits,
        "backbone": manifest.backbone,
        "n_local": manifest.n_local,
        "path": str(info.folder),
        "shipped": info.is_shipped,
        "in_use": used in {manifest.name, manifest.model_id, info.folder.name},
    }
