// Counts what happened since a2od began to watch, each event once: read with overlap, told apart by id, kept by whoever
// keeps the memory of a collector.
#pragma once

#include "config/time.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

namespace a2od {

/// Services write an event's row later than the event: each run asks again for the time before the last one. Knows no
/// I/O: take() what a query from since() on brought, oldest first, then close().
class EventLog {
 public:
  /// `memory` is what memory() returned; where there is none, or nothing that can be read, counting begins at `now`.
  EventLog(const boost::json::value* memory, Timestamp now);

  /// Ask for events from this moment on.
  [[nodiscard]] Timestamp since() const { return since_; }

  /// Counts `amount` under `kind`; false where the event was counted before. Beyond 200 kinds they count as "other".
  bool take(std::string_view id, Timestamp at, std::string_view kind, double amount = 1);

  [[nodiscard]] bool has_taken(std::string_view id) const;

  /// The query was asked at `asked`. When it brought all there was, the next one begins where this one did, less the
  /// overlap; otherwise after the latest event that it brought, so that nothing is lost.
  enum class Brought { all, first_page };
  void close(Timestamp asked, Brought brought);

  [[nodiscard]] const std::map<std::string, double, std::less<>>& counts() const { return counts_; }
  /// The same with 0 for kinds that are new in this run: a counter that appears with more than that counts as nothing.
  [[nodiscard]] std::map<std::string, double, std::less<>> shown_counts() const;
  /// 0 where nothing was counted.
  [[nodiscard]] double count(std::string_view kind) const;
  [[nodiscard]] boost::json::value memory() const;

 private:
  Timestamp since_;
  std::optional<Timestamp> latest_;
  std::unordered_map<std::uint64_t, Timestamp> seen_;  ///< hashes of ids
  std::map<std::string, double, std::less<>> counts_;
  std::set<std::string, std::less<>> known_kinds_;  ///< from the run before
};

}  // namespace a2od
