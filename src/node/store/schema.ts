/**
 * The database's shape. A list entry brings the schema from one version to the next; entries are only ever added, and
 * each only adds: an older Parley can still read what a newer one wrote.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE conversations (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    updated_at INTEGER NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX conversations_by_time ON conversations (updated_at DESC);

  CREATE TABLE entries (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    position REAL NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX entries_by_place ON entries (conversation, position);

  CREATE TABLE calls (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation TEXT REFERENCES conversations (id) ON DELETE CASCADE,
    position REAL,
    started_at INTEGER NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX calls_by_place ON calls (conversation, position);

  CREATE TABLE turns (
    id TEXT PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    state TEXT NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX turns_open ON turns (id) WHERE state = 'running';
  CREATE INDEX turns_by_conversation ON turns (conversation);

  CREATE TABLE journal (
    row INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    timestamp INTEGER NOT NULL,
    type TEXT NOT NULL,
    source TEXT NOT NULL,
    plugin TEXT,
    conversation TEXT,
    call_id TEXT,
    rule TEXT,
    data TEXT NOT NULL
  );
  CREATE INDEX journal_by_seq ON journal (seq);
  CREATE INDEX journal_by_plugin ON journal (plugin, seq) WHERE plugin IS NOT NULL;
  CREATE INDEX journal_by_conversation ON journal (conversation, seq) WHERE conversation IS NOT NULL;

  CREATE TABLE rules (
    id TEXT PRIMARY KEY,
    body TEXT NOT NULL
  );

  -- A deleted key keeps its row with no value, so that its revision never comes a second time.
  CREATE TABLE state (
    owner TEXT NOT NULL,
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    rev INTEGER NOT NULL,
    value TEXT,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (owner, scope, key)
  ) WITHOUT ROWID;
  CREATE TABLE state_totals (
    owner TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) WITHOUT ROWID;

  CREATE VIRTUAL TABLE title_search USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
  );
  CREATE VIRTUAL TABLE entry_search USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2", prefix = '2 3'
  );
  CREATE TRIGGER conversations_gone AFTER DELETE ON conversations BEGIN
    DELETE FROM title_search WHERE rowid = old.row;
  END;
  CREATE TRIGGER entries_gone AFTER DELETE ON entries BEGIN
    DELETE FROM entry_search WHERE rowid = old.row;
  END;
  `,
  // What a window that is gone left open is found by these, without a look at everything that ever was.
  `
  ALTER TABLE calls ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE entries ADD COLUMN open INTEGER NOT NULL DEFAULT 0;
  UPDATE calls SET open = 1
    WHERE CASE WHEN json_valid(body) THEN json_extract(body, '$.endedAt') IS NULL ELSE 0 END;
  UPDATE entries SET open = 1
    WHERE CASE WHEN json_valid(body)
      THEN json_extract(body, '$.kind') = 'approval' AND json_extract(body, '$.choice') IS NULL ELSE 0 END;
  CREATE INDEX calls_open ON calls (id) WHERE open = 1;
  CREATE INDEX entries_open ON entries (id) WHERE open = 1;
  `,
  // Who else had to be allowed and by which rule, and the spans of traces.
  `
  ALTER TABLE journal ADD COLUMN rules TEXT;
  CREATE INDEX journal_by_rule ON journal (rule, seq) WHERE rule IS NOT NULL;
  CREATE TABLE spans (
    row INTEGER PRIMARY KEY,
    trace TEXT NOT NULL,
    started_at REAL NOT NULL,
    body TEXT NOT NULL
  );
  CREATE INDEX spans_by_trace ON spans (trace);
  CREATE INDEX spans_by_time ON spans (started_at);
  `,
  // What was too large for an event: each is a file beside the database, named by its hash.
  `
  CREATE TABLE contents (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    conversation TEXT,
    created_at REAL NOT NULL,
    body TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX contents_by_time ON contents (created_at);
  CREATE INDEX contents_by_hash ON contents (hash);
  CREATE INDEX contents_by_conversation ON contents (conversation) WHERE conversation IS NOT NULL;
  `,
  // Events that outlive the window; `lease` is which window has one.
  `
  CREATE TABLE retained (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    workspace TEXT NOT NULL,
    lease TEXT,
    conversation TEXT,
    body TEXT NOT NULL
  );
  CREATE INDEX retained_by_workspace ON retained (workspace, lease);
  CREATE INDEX retained_by_conversation ON retained (conversation) WHERE conversation IS NOT NULL;
  `,
];

/** The version that this build writes, kept in SQLite's `user_version`. */
export const schemaVersion = migrations.length;

/** What is read of a database, whichever version wrote it. */
export const tables = [
  "conversations",
  "entries",
  "calls",
  "turns",
  "journal",
  "rules",
  "state",
  "spans",
  "contents",
  "retained",
] as const;
