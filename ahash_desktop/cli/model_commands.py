"""Commands about models: models list, show and verify."""

import argparse

from ahash_desktop.cli.context import Context
from ahash_desktop.core.paths import shipped_models_folder
from ahash_desktop.services.models import ModelInfo, ModelShelf


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
    context.output.result(data, [text.rstrip()])


def run_verify(context: Context, arguments: argparse.Namespace) -> None:
    """Checks one bundle, or all."""
    shelf = _shelf(context)
    names = [arguments.model] if arguments.model else [str(info.folder) for info in shelf.all()]
    manifests = [shelf.verify(name) for name in names]
    context.output.result(
        {"verified": [manifest.name for manifest in manifests]},
        [f"{manifest.name}: whole, model {manifest.model_id}" for manifest in manifests],
    )


def _shelf(context: Context) -> ModelShelf:
    return ModelShelf(shipped_models_folder(), context.paths.models)


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
