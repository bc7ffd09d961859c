"""Commands about models: list, show, use, get, import, export, compare, rename and the like."""

import argparse
from dataclasses import asdict
from pathlib import Path

from ahash_desktop.cli.context import Context, existing_file, new_file
from ahash_desktop.cli.output import ProgressLine, size
from ahash_desktop.cli.remedies import told
from ahash_desktop.core.errors import ModelMissingError, UserFacingError
from ahash_desktop.core.paths import shipped_models_folder, typed_path
from ahash_desktop.core.plain_records import to_plain
from ahash_desktop.core.updates import IndexProgress, ModelChange
from ahash_desktop.hashing.base_weights import BaseWeights
from ahash_desktop.hashing.bundle import SUFFIX
from ahash_desktop.services.fetching import fetch, take
from ahash_desktop.services.models import ModelInfo, ModelShelf
from ahash_desktop.services.switching import ModelSwitch
from ahash_desktop.services.teaching.planning import Planner
from ahash_desktop.training.ask.dataset import load_labelled
from ahash_desktop.training.ask.lesson import Comparison, Verdict


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
    get = actions.add_parser("get", help="fetch the base weights of a model that needs them")
    get.add_argument("model", metavar="NAME")
    get.add_argument(
        "--from",
        dest="file",
        metavar="FILE",
        help="the file of weights, or the list of kinds, instead of the internet",
    )
    get.set_defaults(run=run_get)
    bring = actions.add_parser("import", help="add the model of an .ahash file")
    bring.add_argument("file", metavar="FILE")
    bring.set_defaults(run=run_import)
    export = actions.add_parser("export", help="write a model into one .ahash file")
    export.add_argument("model", metavar="MODEL")
    export.add_argument("file", metavar="FILE")
    export.set_defaults(run=run_export)
    duplicate = actions.add_parser("duplicate", help="a copy of a model under another name")
    duplicate.add_argument("model", metavar="MODEL")
    duplicate.add_argument("name", metavar="NAME")
    duplicate.set_defaults(run=run_duplicate)
    rename = actions.add_parser("rename", help="give a model that was added another name")
    rename.add_argument("model", metavar="MODEL")
    rename.add_argument("name", metavar="NAME")
    rename.set_defaults(run=run_rename)
    compare = actions.add_parser("compare", help="two models on the same labelled photos")
    compare.add_argument("first", metavar="MODEL")
    compare.add_argument("second", metavar="OTHER")
    compare.add_argument("source", metavar="SOURCE", help="a folder of class folders, or a CSV")
    compare.set_defaults(run=run_compare)
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
        f"{'' if info.lacking is None else '  needs its base weights'}"
        for info in infos
    ]
    context.output.result(data, lines or ["no models"])


def run_show(context: Context, arguments: argparse.Namespace) -> None:
    """Shows a bundle's card."""
    info = _shelf(context).get(arguments.model)
    card = info.folder / "card.md"
    text = card.read_text(encoding="utf-8") if card.is_file() else "this model has no card"
    data = _info_json(info, context.settings().model) | {"card": text}
    lines = text.rstrip().splitlines()
    if info.lacking is not None:
        lines += ["", told(info.lacking.missing())]
    context.output.result(data, lines)


def run_verify(context: Context, arguments: argparse.Namespace) -> None:
    """Checks one bundle, or all."""
    shelf = _shelf(context)
    infos = [shelf.get(arguments.model)] if arguments.model else shelf.all()
    for info in infos:
        shelf.verify(str(info.folder))
    lacking = [info.manifest.name for info in infos if info.lacking is not None]
    context.output.result(
        {"verified": [info.manifest.name for info in infos], "needs_base_weights": lacking},
        [
            f"{info.manifest.name}: whole, model {info.manifest.model_id}"
            f"{'' if info.lacking is None else '; needs its base weights'}"
            for info in infos
        ],
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


def run_get(context: Context, arguments: argparse.Namespace) -> None:
    """Fetches the base weights of a model, or takes them from a file."""
    shelf = _shelf(context)
    base = shelf.base_of(arguments.model)
    if arguments.file is not None:
        take(base, existing_file(arguments.file))
    else:
        _fetch(context, base)
    info = _find(shelf, arguments.model)
    data: dict[str, object] = {
        "name": info.manifest.name if info is not None else base.model,
        "model_id": info.manifest.model_id if info is not None else None,
        "path": str(info.folder if info is not None else base.weights.path),
        "base_weights": str(base.weights.path) if base.is_here else None,
        "kinds": str(base.kinds.path) if base.kinds.is_here else None,
    }
    lines = [f"the base weights of {base.model} are {'' if base.is_here else 'not '}here"]
    if not base.kinds.is_here:
        lines.append(f"the names of its kinds are not: they are in {base.kinds.name}")
    context.output.result(data, lines)


def _fetch(context: Context, base: BaseWeights) -> None:
    """Says what is fetched, and fetches what of it is missing."""
    for file in base.files:
        if not file.is_here:
            context.output.note(
                f"{size(file.n_bytes)}, licence {base.licence}, from {file.url}, "
                f"SHA-256 {file.sha256}"
            )
    line = ProgressLine(context.output.err)
    try:
        for progress in fetch(base, context.token):
            line.show_share(progress.n_done, progress.n_bytes, "bytes of base weights")
    finally:
        line.finish()


def run_import(context: Context, arguments: argparse.Namespace) -> None:
    """Adds the model of a file."""
    info = _shelf(context).import_file(existing_file(arguments.file))
    context.output.result(
        _info_json(info, context.settings().model),
        [f"{info.manifest.name} was added; use it with: ahash models use {info.manifest.name}"],
    )


def run_export(context: Context, arguments: argparse.Namespace) -> None:
    """Writes a model into one file."""
    file = new_file(arguments.file)
    if file.suffix != SUFFIX:
        file = file.with_name(f"{file.name}{SUFFIX}")
    manifest = _shelf(context).export(arguments.model, file)
    context.output.result(
        {"name": manifest.name, "model_id": manifest.model_id, "file": str(file)},
        [f"{manifest.name} was written to {file} ({size(file.stat().st_size)})"],
    )


def run_duplicate(context: Context, arguments: argparse.Namespace) -> None:
    """Copies a model."""
    shelf = _shelf(context)
    info = shelf.add_copy(shelf.get(arguments.model).folder, arguments.name)
    context.output.result(
        {"name": info.manifest.name, "model_id": info.manifest.model_id, "path": str(info.folder)},
        [f"{arguments.model} was copied to {info.manifest.name}"],
    )


def run_rename(context: Context, arguments: argparse.Namespace) -> None:
    """Renames a model."""
    info = _switch(context).rename(arguments.model, arguments.name)
    context.output.result(
        {"name": info.manifest.name, "model_id": info.manifest.model_id, "path": str(info.folder)},
        [f"{arguments.model} is called {info.manifest.name} now"],
    )


def run_compare(context: Context, arguments: argparse.Namespace) -> None:
    """Compares two models."""
    source = typed_path(arguments.source)
    if not source.exists():
        raise UserFacingError("there is no such folder or file", path=source)
    labelled = load_labelled(source)
    line = ProgressLine(context.output.err)
    found: Comparison | None = None
    planner = Planner(context.paths, _shelf(context))
    device = context.settings().device
    for record in planner.compare(
        arguments.first, arguments.second, labelled, device, context.token
    ):
        if isinstance(record, Comparison):
            found = record
        else:
            line.show_share(record.n_done, record.n_to_do, "photos looked at")
    line.finish()
    if found is not None:
        context.output.result(to_plain(found), _comparison_lines(found))


def _comparison_lines(found: Comparison) -> list[str]:
    lines = [f"{found.second} is {found.verdict.value} than {found.first}."]
    if found.verdict not in (Verdict.BETTER, Verdict.WORSE):
        lines = [f"{found.verdict.value} between {found.first} and {found.second}."]
    for name, measured in ((found.first, found.before), (found.second, found.after)):
        if measured is not None:
            low, high = measured.by_codes_95
            lines.append(
                f"  {name:24} mAP {measured.by_codes:.3f} ({low:.3f} to {high:.3f}) by codes, "
                f"{measured.as_shown:.3f} as shown, P@10 {measured.precision_at_10:.3f}"
            )
    if found.difference_95 is not None:
        low, high = found.difference_95
        lines.append(f"  difference as shown: 95 % interval {low:+.3f} to {high:+.3f}")
    lines += [f"  {notice}." for notice in (*found.why, *found.notices)]
    return lines


def run_remove(context: Context, arguments: argparse.Namespace) -> None:
    """Deletes a model that was added."""
    info = _switch(context).remove(arguments.model)
    context.output.result(
        {"removed": info.manifest.name}, [f"{info.manifest.name} and its codes were removed"]
    )


def _find(shelf: ModelShelf, name: str) -> ModelInfo | None:
    try:
        return shelf.get(name)
    except ModelMissingError:
        return None


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
        "needs_base_weights": info.lacking is not None,
        "in_use": used in {manifest.name, manifest.model_id, info.folder.name},
    }
