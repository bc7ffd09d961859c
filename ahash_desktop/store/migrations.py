"""How a database comes from any released schema to the newest: append-only, never edited."""

from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x41484153
"""Marks a file as a library of this program ("AHAS"), so that no other one is changed."""

migrations = Migrations("ahash")


@migrations()
def v1_library(db: Database) -> None:
    """Folders, photos, models and codes.

    A photo keeps the state it was in while its file is missing (`state_when_seen`). Its
    `encoded_at` is set once a code of its content has been made; from then on it `is_shown`,
    unless its file is missing, ignored or broken. `local_time_s` is when it was taken, else last
    written, in seconds of the local clock, for ordering.
    """
    for statement in _V1:
        db.execute(statement)


_V1 = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    """
    CREATE TABLE roots (
      root_id INTEGER PRIMARY KEY AUTOINCREMENT,
      path TEXT NOT NULL UNIQUE CHECK (path <> ''),
      state TEXT NOT NULL CHECK (state IN ('online', 'offline')),
      added_at REAL NOT NULL,
      scanned_at REAL
    ) STRICT
    """,
    """
    CREATE TABLE photos (
      photo_id INTEGER PRIMARY KEY AUTOINCREMENT,
      root_id INTEGER NOT NULL REFERENCES roots (root_id) ON DELETE CASCADE,
      relative_path TEXT NOT NULL CHECK (relative_path <> ''),
      size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
      mtime_ns INTEGER NOT NULL,
      state TEXT NOT NULL
        CHECK (state IN ('pending', 'indexed', 'problem', 'ignored', 'missing')),
      state_when_seen TEXT
        CHECK (state_when_seen IN ('pending', 'indexed', 'problem', 'ignored')),
      missing_since REAL,
      added_at REAL NOT NULL,
      encoded_at REAL,
      is_shown INTEGER NOT NULL
        AS (state IN ('indexed', 'pending') AND encoded_at IS NOT NULL),
      local_time_s INTEGER NOT NULL,
      content_key BLOB CHECK (length(content_key) = 16),
      content_digest BLOB CHECK (length(content_digest) = 16),
      width INTEGER CHECK (width > 0),
      height INTEGER CHECK (height > 0),
      format TEXT,
      taken_at TEXT,
      camera TEXT,
      orientation INTEGER CHECK (orientation BETWEEN 1 AND 8),
      problem_kind TEXT,
      problem_reason TEXT,
      problem_at REAL,
      UNIQUE (root_id, relative_path),
      CHECK ((state = 'missing') = (state_when_seen IS NOT NULL)),
      CHECK ((state = 'missing') = (missing_since IS NOT NULL)),
      CHECK ((content_key IS NULL) = (content_digest IS NULL)),
      CHECK ((width IS NULL) = (height IS NULL) AND (width IS NULL) = (format IS NULL)),
      CHECK ((problem_kind IS NULL) = (problem_reason IS NULL)),
      CHECK ((problem_kind IS NULL) = (problem_at IS NULL)),
      CHECK (state <> 'problem' OR problem_kind IS NOT NULL)
    ) STRICT
    """,
    "CREATE INDEX photos_by_state ON photos (state, root_id)",
    "CREATE INDEX photos_by_content ON photos (content_key) WHERE content_key IS NOT NULL",
    "CREATE INDEX photos_by_time ON photos (is_shown, local_time_s)",
    """
    CREATE TABLE models (
      model_key INTEGER PRIMARY KEY AUTOINCREMENT,
      model_id TEXT NOT NULL UNIQUE CHECK (model_id <> ''),
      name TEXT NOT NULL,
      n_bits INTEGER NOT NULL CHECK (n_bits > 0),
      manifest TEXT NOT NULL,
      added_at REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE codes (
      model_key INTEGER NOT NULL REFERENCES models (model_key) ON DELETE CASCADE,
      photo_id INTEGER NOT NULL REFERENCES photos (photo_id) ON DELETE CASCADE,
      code BLOB NOT NULL CHECK (length(code) > 0),
      activations BLOB NOT NULL CHECK (length(activations) > 0),
      PRIMARY KEY (model_key, photo_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX codes_by_photo ON codes (photo_id)",
    """
    CREATE TABLE bit_names (
      model_key INTEGER NOT NULL REFERENCES models (model_key) ON DELETE CASCADE,
      bit INTEGER NOT NULL CHECK (bit >= 0),
      name TEXT NOT NULL CHECK (name <> ''),
      named_at REAL NOT NULL,
      PRIMARY KEY (model_key, bit)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def v2_volumes(db: Database) -> None:
    """Which volume each folder lies on, to know it again wherever that is mounted."""
    db.execute("ALTER TABLE roots ADD COLUMN volume TEXT")


@migrations()
def v3_marks(db: Database) -> None:
    """By what else a folder is known again, and which volumes are mounted inside it.

    `mount` is where its volume was mounted, `number` the folder's own there. `moved_from` is where
    it was before it was found elsewhere, `refused` where it was found and is not.
    """
    for statement in _V3:
        db.execute(statement)


_V3 = (
    "ALTER TABLE roots ADD COLUMN mount TEXT",
    "ALTER TABLE roots ADD COLUMN number TEXT",
    "ALTER TABLE roots ADD COLUMN moved_from TEXT",
    "ALTER TABLE roots ADD COLUMN refused TEXT",
    """
    CREATE TABLE mounts (
      root_id INTEGER NOT NULL REFERENCES roots (root_id) ON DELETE CASCADE,
      relative_path TEXT NOT NULL CHECK (relative_path <> ''),
      volume TEXT,
      is_there INTEGER NOT NULL CHECK (is_there IN (0, 1)),
      PRIMARY KEY (root_id, relative_path)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def v4_trash(db: Database) -> None:
    """When a photo was moved to the trash by its user's wish: its file is gone, but not missing."""
    db.execute("ALTER TABLE photos ADD COLUMN trashed_at REAL")
    db.execute(
        "CREATE INDEX photos_in_trash ON photos (root_id, trashed_at) WHERE trashed_at IS NOT NULL"
    )


@migrations()
def v5_subjects(db: Database) -> None:
    """What each photo is of, as each model sees it, and where people say that it is.

    Boxes are "x,y,width,height" in pixels of the upright picture. `part` is the box that a code is
    of, NULL if that is the whole picture; `is_corrected` says that a person drew it. A correction
    belongs to a content, wherever that lies: codes that are of anything else are made anew.
    """
    for statement in _V5:
        db.execute(statement)


_V5 = (
    "ALTER TABLE codes ADD COLUMN domain TEXT",
    "ALTER TABLE codes ADD COLUMN confidence REAL",
    "ALTER TABLE codes ADD COLUMN box TEXT",
    "ALTER TABLE codes ADD COLUMN part TEXT",
    "ALTER TABLE codes ADD COLUMN is_corrected INTEGER",
    "CREATE INDEX codes_corrected ON codes (model_key, photo_id) WHERE is_corrected = 1",
    """
    CREATE TABLE corrections (
      content_key BLOB NOT NULL CHECK (length(content_key) = 16),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 16),
      box TEXT NOT NULL CHECK (box <> ''),
      width INTEGER NOT NULL CHECK (width > 0),
      height INTEGER NOT NULL CHECK (height > 0),
      corrected_at REAL NOT NULL,
      PRIMARY KEY (content_key, content_digest)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def v6_second_chance(db: Database) -> None:
    """Has photos that crashed the engine read once more.

    Until this version, an engine that could not start was blamed on whatever it was sent.
    """
    db.execute(
        "UPDATE photos SET state = 'pending' WHERE state = 'problem' AND problem_kind = 'crashed'"
    )
    db.execute(
        "UPDATE photos SET state_when_seen = 'pending'"
        " WHERE state_when_seen = 'problem' AND problem_kind = 'crashed'"
    )


@migrations()
def v7_favourites(db: Database) -> None:
    """Which contents someone likes best, wherever they lie."""
    db.execute(_V7)


_V7 = """
    CREATE TABLE favourites (
      content_key BLOB NOT NULL CHECK (length(content_key) = 16),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 16),
      marked_at REAL NOT NULL,
      PRIMARY KEY (content_key, content_digest)
    ) STRICT, WITHOUT ROWID
"""


@migrations()
def v8_labels(db: Database) -> None:
    """What people say that photos show, by content, and each change of that, to be taken back.

    A refusal says that a content is not of a kind that was suggested. A step is what was done at
    once, with its changes in order: of a label, from `before` to `after`; of a refusal, the one
    that came or went. Steps that were undone come after the others and go with the next one.
    """
    for statement in _V8:
        db.execute(statement)


_V8 = (
    """
    CREATE TABLE labels (
      content_key BLOB NOT NULL CHECK (length(content_key) = 16),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 16),
      name TEXT NOT NULL CHECK (name <> ''),
      labelled_at REAL NOT NULL,
      PRIMARY KEY (content_key, content_digest)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX labels_by_name ON labels (name)",
    """
    CREATE TABLE refusals (
      content_key BLOB NOT NULL CHECK (length(content_key) = 16),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 16),
      name TEXT NOT NULL CHECK (name <> ''),
      refused_at REAL NOT NULL,
      PRIMARY KEY (content_key, content_digest, name)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE label_steps (
      step INTEGER PRIMARY KEY AUTOINCREMENT,
      what TEXT NOT NULL CHECK (what IN ('give', 'clear', 'refuse', 'rename')),
      name TEXT NOT NULL,
      made_at REAL NOT NULL,
      is_undone INTEGER NOT NULL CHECK (is_undone IN (0, 1))
    ) STRICT
    """,
    """
    CREATE TABLE label_changes (
      step INTEGER NOT NULL REFERENCES label_steps (step) ON DELETE CASCADE,
      place INTEGER NOT NULL CHECK (place >= 0),
      content_key BLOB NOT NULL CHECK (length(content_key) = 16),
      content_digest BLOB NOT NULL CHECK (length(content_digest) = 16),
      field TEXT NOT NULL CHECK (field IN ('label', 'refusal')),
      before TEXT,
      after TEXT,
      PRIMARY KEY (step, place)
    ) STRICT, WITHOUT ROWID
    """,
)


@migrations()
def v9_versions_of_codes(db: Database) -> None:
    """Which codes came after which, so that what has changed can be read without all the others.

    Within a model each code that is stored gets a `version` above all that are there;
    those from before have none.
    """
    db.execute("ALTER TABLE codes ADD COLUMN version INTEGER")
    db.execute("CREATE INDEX codes_by_version ON codes (model_key, version)")
