// A strict reader of one mapping of a scenario: every key is asked for by name, and what nobody asked for is a problem.
#pragma once

#include "config/document.hpp"
#include "config/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::tenant {

/// Collects problems instead of stopping at the first. Values stay as they are where their key is absent.
class Fields {
 public:
  /// `what` names the mapping in messages: "fault". Anything but a mapping is a problem.
  Fields(const Node& node, std::string_view what, Problems& problems);

  void text(std::string_view key, std::string& value);
  void choice(std::string_view key, std::string& value, std::span<const std::string_view> allowed);
  void texts(std::string_view key, std::vector<std::string>& value);
  void flag(std::string_view key, bool& value);
  void number(std::string_view key, std::uint64_t& value);
  /// "90s", "12d"; also "-1d", for what lies in the past.
  void duration(std::string_view key, Milliseconds& value);
  void duration(std::string_view key, std::optional<Milliseconds>& value);
  /// "300MiB", "2.5GiB", "1TiB" as MiB, which is what Microsoft's "MB" are.
  void size(std::string_view key, double& mebibytes);
  /// The value of a key that its caller reads; nullptr where it is absent.
  const Node* node(std::string_view key);
  const Node* required(std::string_view key);

  void problem(Position where, std::string message);
  /// Reports the keys that nobody asked for. Call it last.
  void finish();

 private:
  const Node* scalar(std::string_view key, std::string_view expected);

  Node node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string_view> known_;
};

}  // namespace a2od::tenant
