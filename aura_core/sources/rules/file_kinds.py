"""Recognises files that are not worth indexing, by their name or by their first bytes."""

from __future__ import annotations

from functools import lru_cache

from aura_core.model.snapshot import SkipReason

SNIFF_BYTES = 8_192
"""This many bytes at the start decide whether a file is binary, as in git."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VENDORED_FOLDERS = _words(
    "node_modules bower_components jspm_packages site-packages dist-packages third_party third-party thirdparty vendor "
    "vendored _vendor _vendored __pypackages__ godeps .venv .tox .nox .eggs .yarn"
)
PRUNED_FOLDERS = _words(
    "node_modules bower_components jspm_packages site-packages dist-packages __pypackages__ .venv .tox .nox .eggs"
)
"""Folders of a working tree that are not even entered, unless git tracks a file in them."""

BINARY = _words(
    ".png .jpg .jpeg .gif .bmp .ico .icns .webp .avif .tif .tiff .psd .heic .mp3 .mp4 .m4a .wav .ogg .flac .avi .mov "
    ".mkv .webm .woff .woff2 .ttf .otf .eot .zip .gz .tgz .bz2 .xz .zst .7z .rar .tar .jar .war .whl .egg .deb .rpm "
    ".dmg .iso .exe .dll .so .dylib .a .o .obj .lib .class .pyc .pyo .pyd .wasm .pdf .doc .docx .xls .xlsx .ppt .pptx "
    ".odt .ods .odp .sqlite .sqlite3 .db .mmdb .npy .npz .pkl .pickle .pt .pth .onnx .safetensors .h5 .hdf5 .parquet "
    ".arrow .feather .shp .shx .dbf .sbn .sbx .tflite .jks .p12 .pfx .keystore"
)
TRANSLATIONS = frozenset((".po", ".mo", ".pot"))
TEXT = _words(
    ".py .pyi .pyx .pxd .txt .md .markdown .rst .adoc .html .htm .xhtml .xml .xsl .xsd .svg .css .scss .sass .less .js "
    ".mjs .cjs .jsx .ts .tsx .vue .json .jsonl .json5 .yaml .yml .toml .ini .cfg .conf .env .properties .sql .csv .tsv "
    ".sh .bash .zsh .fish .bat .cmd .ps1 .c .h .cc .cpp .cxx .hpp .hh .cs .java .kt .kts .scala .groovy .gradle .go "
    ".rs .rb .php .pl .pm .lua .r .jl .swift .m .mm .ex .exs .erl .hrl .clj .cljs .hs .ml .mli .fs .dart .zig .nim .tf "
    ".hcl .proto .graphql .thrift .cmake .mk .in .am .jinja .jinja2 .j2 .mako .tmpl .tpl .tex .bib .gml .geojson .kml "
    ".ipynb .py-tpl .html-tpl .eslintrc .diff .patch .lock .map"
)
GENERATED_NAMES = _words(
    "package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock bun.lockb deno.lock poetry.lock "
    "pipfile.lock pdm.lock uv.lock pixi.lock conda-lock.yml cargo.lock composer.lock gemfile.lock go.sum flake.lock "
    "mix.lock pubspec.lock podfile.lock packages.lock.json .terraform.lock.hcl .pnp.cjs .pnp.loader.mjs"
)
GENERATED_ENDINGS = tuple(
    _words(
        ".min.js -min.js .min.mjs .min.css -min.css .js.map .mjs.map .css.map .ts.map _pb2.py _pb2.pyi _pb2_grpc.py "
        ".pb.go .pb.cc .pb.h .g.dart .designer.cs .snap"
    )
)

# UTF-16 in both byte orders, and UTF-32 big-endian; UTF-32 little-endian begins like the first
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff")
_LFS = b"version https://git-lfs.github.com/spec/v1\n"


def suffix(name: str) -> str:
    """Return the last suffix in lower case, with its dot; "" when there is none (``.env`` is all suffix)."""
    _, dot, letters = name.rpartition(".")
    return (dot + letters).lower() if dot else ""


def reason_by_name(name: str) -> SkipReason | None:
    """Return why a file of this name is not indexed; None when the name does not tell."""
    ending = suffix(name)
    if ending in TRANSLATIONS:
        return SkipReason.TRANSLATIONS
    if ending in BINARY:
        return SkipReason.BINARY
    lower_name = name.lower()
    if lower_name in GENERATED_NAMES or lower_name.endswith(GENERATED_ENDINGS):
        return SkipReason.GENERATED
    return None


@lru_cache(maxsize=65_536)
def is_vendored(folder: str) -> bool:
    """Return whether a folder is, or lies in, one that holds other people's code."""
    parent, _, name = folder.rpartition("/")
    return name.lower() in VENDORED_FOLDERS or bool(parent and is_vendored(parent))


def needs_sniffing(name: str) -> bool:
    """Return whether only the content can tell if a file of this name is text."""
    return suffix(name) not in TEXT


def looks_binary(data: bytes) -> bool:
    """Return whether a NUL is among the first bytes; UTF-16 and UTF-32 with a byte order mark are text."""
    return not data.startswith(_BYTE_ORDER_MARKS) and b"\0" in data[:SNIFF_BYTES]


def is_lfs_pointer(data: bytes) -> bool:
    """Return whether this stands for content that Git LFS stores elsewhere (git-lfs specification v1)."""
    return data.startswith(_LFS)
