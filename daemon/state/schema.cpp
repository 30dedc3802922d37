#include "daemon/state/schema.hpp"

namespace a2od {
namespace {

/// Times are milliseconds since the epoch. Ids of the outbox are never given twice, so that a late reply cannot be
/// taken for another message's.
constexpr const char* kSteps[] = {
    R"sql(
  CREATE TABLE rule_alert (
    file TEXT NOT NULL, rule_group TEXT NOT NULL, rule TEXT NOT NULL, labels TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (file, rule_group, rule, labels)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE routed_alert (fingerprint TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE alert_group (key TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver TEXT NOT NULL, webhook INTEGER NOT NULL, group_key TEXT NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL, decided INTEGER NOT NULL,
    attempts INTEGER NOT NULL, next_try INTEGER NOT NULL, last_error TEXT NOT NULL
  ) STRICT;

  CREATE TABLE environment (
    tenant TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    PRIMARY KEY (tenant, id), UNIQUE (tenant, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE part (
    collector TEXT NOT NULL, tenant TEXT NOT NULL, environment_id TEXT NOT NULL, part TEXT NOT NULL,
    last_success INTEGER, right_held INTEGER NOT NULL,
    PRIMARY KEY (collector, tenant, environment_id, part)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE counter (series TEXT PRIMARY KEY, value REAL NOT NULL) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
  CREATE TABLE collector_memory (
    collector TEXT NOT NULL, tenant TEXT NOT NULL, environment_id TEXT NOT NULL, memory TEXT NOT NULL,
    PRIMARY KEY (collector, tenant, environment_id)
  ) STRICT, WITHOUT ROWID;
)sql",
    "CREATE TABLE installation (first_start INTEGER NOT NULL) STRICT; DROP TABLE counter",
    "CREATE TABLE silence (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID",
    R"sql(
  ALTER TABLE outbox RENAME COLUMN webhook TO integration_index;
  ALTER TABLE outbox ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';
)sql",
    R"sql(
  CREATE TABLE owed_to_alertmanager (
    alertmanager TEXT NOT NULL, fingerprint TEXT NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (alertmanager, fingerprint)
  ) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL, kind TEXT NOT NULL, labels TEXT NOT NULL, details TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
)sql",
    R"sql(
  CREATE TABLE heartbeat (
    name TEXT PRIMARY KEY, counted_from INTEGER NOT NULL, last INTEGER, message TEXT NOT NULL,
    missing_since INTEGER, failed_since INTEGER
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE heartbeat_listening (until INTEGER NOT NULL) STRICT;
)sql",
    R"sql(
  CREATE TABLE environment_work (
    tenant TEXT NOT NULL, environment TEXT NOT NULL, work TEXT NOT NULL,
    PRIMARY KEY (tenant, environment, work)
  ) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
  CREATE TABLE flapping (
    fingerprint TEXT PRIMARY KEY, alert TEXT NOT NULL, fires INTEGER NOT NULL, changes TEXT NOT NULL, since INTEGER
  ) STRICT, WITHOUT ROWID;
)sql"};

}  // namespace

std::span<const char* const> schema_steps() { return kSteps; }

}  // namespace a2od
