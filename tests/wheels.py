"""The smallest wheels there are, for tests that install something without a network."""

import zipfile
from hashlib import sha256
from pathlib import Path


def wheel(folder, name: str, version: str, files: dict[str, str], scripts: str = "") -> Path:
    """Write a wheel with these files; `scripts` is its entry_points.txt."""
    distribution = f"{name.replace('-', '_')}-{version}"
    info = {
        "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        "entry_points.txt": scripts,
        "RECORD": "",
    }
    files = files | {f"{distribution}.dist-info/{key}": text for key, text in info.items()}
    files[f"{distribution}.dist-info/RECORD"] = "".join(f"{file},,\n" for file in files)
    path = Path(folder) / f"{distribution}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            entry = zipfile.ZipInfo(file)  # without a time: the same bytes whenever it is made
            entry.external_attr = (0o100755 if "/scripts/" in file else 0o100644) << 16
            archive.writestr(entry, text)
    return path


def pin(path: Path) -> str:
    """The line of a lock that asks for this wheel and no other."""
    name, version = path.name.split("-")[:2]
    checksum = sha256(path.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')}=={version} \\\n    --hash=sha256:{checksum}\n"


def index(folder: Path) -> str:
    """The address of a package index that has the wheels of a folder."""
    for path in folder.glob("*.whl"):
        page = folder / path.name.split("-")[0].replace("_", "-") / "index.html"
        page.parent.mkdir(exist_ok=True)
        page.write_text(f'<a href="../{path.name}">{path.name}</a>')
    return folder.as_uri()
