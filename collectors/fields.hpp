// Strict reading of the objects in an API's answer: what is missing or null is empty, another type is a fault.
#pragma once

#include "collectors/cloud/json.hpp"
#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// A view of one JSON object, which must outlive it. Faults are noted in `fault`, the first one only, with the path to
/// the value and what was expected; a decoder reads everything and looks at the fault once, at its end: one fault makes
/// the whole part broken.
class Fields {
 public:
  /// Keys, outermost first.
  using Path = std::initializer_list<std::string_view>;

  /// `where` names the object in faults: "value[3]".
  Fields(const boost::json::value& object, std::string where, std::string& fault);

  [[nodiscard]] std::optional<std::string_view> text(Path path) const;
  [[nodiscard]] std::optional<bool> flag(Path path) const;
  /// Also one that is written as a string.
  [[nodiscard]] std::optional<double> number(Path path) const;
  /// Empty too for "never" (0001-01-01) and for text that is no time: both mean that the moment is unknown.
  [[nodiscard]] std::optional<Timestamp> time(Path path) const;

  /// The objects of an array; empty where it is missing.
  [[nodiscard]] std::vector<Fields> items(Path path) const;

  /// As text(), but its absence is a fault; empty then.
  std::string_view required_text(Path path) const;

  /// A fault unless there is an object.
  void require_object(Path path) const;

  /// Says that the value at `path` is not what it should be: "value[3].name: expected …".
  void refuse(Path path, std::string_view expected) const;

 private:
  const boost::json::value* value_;
  std::string where_;
  std::string* fault_;
};

/// Reads one object after another up to the first fault, and returns that: "value[3].name: expected …"; empty when all
/// could be read. `read` takes a Fields.
template <class Read>
[[nodiscard]] std::string read_each(std::span<const boost::json::value> rows, Read read) {
  std::string fault;
  for (std::size_t i = 0; i < rows.size() && fault.empty(); ++i)
    read(Fields(rows[i], "value[" + std::to_string(i) + "]", fault));
  return fault;
}

}  // namespace a2od
