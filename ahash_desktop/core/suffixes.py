"""What file names promise: which suffixes are looked at, and which are passed over unopened."""


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


OPENED_SUFFIXES = _listed(
    """
    jpg jpeg jpe jfif jif mpo png apng webp gif tif tiff bmp dib avif avifs heic heics heif heifs
    hif jp2 j2k j2c jpc jpf jpx ppm pgm pbm pnm pfm psd
    3fr ari arw bay cap cr2 cr3 crw dcr dcs dng drf eip erf fff gpr iiq k25 kdc mdc mef mos mrw
    nef nrw orf pef ptx pxn raf raw rw2 rwl rwz sr2 srf srw x3f
    """
)
"""Formats the program opens, camera RAW included."""

REFUSED_SUFFIXES = _listed(
    """
    ico cur icns svg svgz eps ai wmf emf dds blp ftex ktx ktx2 qoi jxl jxr wdp hdp bpg flif djvu
    djv xcf kra clip afphoto exr hdr fits fit sun ras sgi rgb rgba bw pcx dcx xpm xbm pam mng jng
    msp dpx cin ff tga icb vda vst psb pcd pic pct pict
    """
)
"""Pictures the program does not open; they are taken in so that the problems list names them."""

PICTURE_SUFFIXES = OPENED_SUFFIXES | REFUSED_SUFFIXES

OTHER_SUFFIXES = _listed(
    """
    3g2 3gp asf avi flv insv lrv m2ts m2v m4v mkv mod mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv
    aac aif aiff ape flac m4a mid mka mp3 oga ogg opus wav wma
    aae acr cos dop lrcat lrdata lrtemplate nksc on1 pp3 rpp thm vrd xmp xmpi
    cfg conf csv css db doc docx env epub htm html ini json key lnk log md markdown odg odp ods odt
    pages pdf plist ppt pptx properties rst rtf sqlite sqlite3 srt sub tex tsv txt url vcf xls xlsx
    xml yaml yml
    7z bz2 gz iso jar lz4 rar tar tgz xz zip zst
    apk app bat bin c class com cpp dat dll dmg dylib exe h hpp ipynb java js jsx lock msi o php pl
    py pyc pyd rb rs sh so swift tmp ttf otf woff woff2 wasm vbs
    blend dwg dxf fbx glb gltf icc icm obj stl usdz
    bak download crdownload part torrent
    db-journal db-shm db-wal mark
    npy npz onnx pt pth pkl safetensors parquet h5
    """
)
"""What is counted as something else without being opened."""

NO_MEDIA = ".nomedia"
"""A file that keeps its folder, and all folders in it, from being looked at."""

_BEFORE_EDITING = ("~", "_original")


def is_kept_from_editing(name: str) -> bool:
    """Whether a name is that of what an editor kept of a picture: `x.jpg~`, `x.jpg_original`."""
    return any(
        name.endswith(ending)
        and name.removesuffix(ending).rpartition(".")[2].lower() in PICTURE_SUFFIXES
        for ending in _BEFORE_EDITING
    )


EXCLUDED_NAMES = frozenset(
    (
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "@eadir",
        "@tmp",
        "__macosx",
        "desktop.ini",
        "ehthumbs.db",
        "lost+found",
        "recycler",
        "system volume information",
        "thumbs.db",
    )
)
"""Casefolded names of what systems and storage boxes keep for themselves; hidden names too are
passed over, which covers `.thumbnails`, `.git` and the `._…` files of macOS."""
