// What the tables of an environment's Dataverse look like: their columns differ between versions.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

struct TableSchema {
  std::string entity_set;      ///< "mailboxes"
  std::string read_privilege;  ///< "prvReadMailbox"; empty where the metadata does not tell
  std::string read_privilege_id;
  std::set<std::string, std::less<>> attributes;

  /// A lookup's column is named after its attribute: `_profile_value` is there when `profile` is.
  [[nodiscard]] bool has(std::string_view column) const;
  bool operator==(const TableSchema&) const = default;
};

/// What was found out of one tenant's hosts, until their metadata changes; equal schemas are held once, as a thousand
/// environments have a handful of versions. Knows no I/O.
class Schemas {
 public:
  struct Entry {
    std::shared_ptr<const TableSchema> schema;  ///< nullptr: the host has no such table
  };

  /// nullptr where it is to be asked for.
  [[nodiscard]] const Entry* find(const std::string& host, std::string_view table) const;
  void learn(const std::string& host, std::string_view table, std::shared_ptr<const TableSchema> schema);

  /// Answers carry the version of the metadata: another one than before makes all that is known of the host outdated.
  void saw_version(const std::string& host, std::string_view version);
  void forget(const std::string& host) { hosts_.erase(host); }

 private:
  struct Host {
    std::string version;
    std::map<std::string, Entry, std::less<>> tables;
  };
  std::shared_ptr<const TableSchema> share(std::string_view table, std::shared_ptr<const TableSchema> schema);

  std::map<std::string, Host> hosts_;
  std::map<std::string, std::vector<std::weak_ptr<const TableSchema>>, std::less<>> known_;  ///< by table
};

}  // namespace a2od
