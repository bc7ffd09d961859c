"""What a command imports: its own module and what that needs, nothing more."""

import subprocess
import sys


def test_a_process_that_a_command_starts_imports_nothing_of_the_library():
    program = (
        "import sys; import ahash_desktop.cli.main\n"
        "print(sorted({'sqlite3', 'PIL', 'ssl', 'psutil'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"


def test_a_search_imports_no_other_command_and_nothing_heavy():
    program = (
        "import sys\n"
        "from ahash_desktop.cli.main import main\n"
        "main(['--library', '/nonexistent', 'search', 'x.jpg'])\n"
        "heavy = {'torch', 'timm', 'scipy', 'onnxruntime', 'ssl', 'PySide6', 'watchdog'}\n"
        "others = {name for name in sys.modules if name.endswith(('teach_command', '.lessons'))}\n"
        "print(sorted(heavy & set(sys.modules) | others))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.stdout.strip() == "[]"
