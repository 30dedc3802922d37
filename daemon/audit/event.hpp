// What the audit tells of: one event is one thing that happened to an alert, a silence, a message or the daemon itself.
#pragma once

#include "config/time.hpp"
#include "rules/series/labels.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace a2od {

/// All kinds. A new one is a line here, in its family, and a Journal::record() where it happens: table, API and command
/// line know it by that.
inline constexpr std::string_view kEventKinds[] = {
    "ack.created",        // somebody takes care of an alert
    "ack.removed",        // before its time
    "alert.pending",      // its expression holds, its `for` is not over
    "alert.firing",       //
    "alert.resolved",     // after it fired
    "alert.escalated",    // others are told, as nobody has acknowledged it
    "alert.inactive",     // it never fired, or its rule is gone
    "config.reloaded",    //
    "config.refused",     //
    "daemon.started",     //
    "daemon.stopped",     //
    "delivery.accepted",  // one attempt, with the receiver's answer
    "delivery.failed",    //
    "events.lost",        // while the disk could not be written
    "maintenance.began",  // a window, or work on an environment
    "maintenance.ended",  //
    "message.dropped",    // given up for good
    "silence.created",    //
    "silence.changed",    //
    "silence.expired",    // by its time or by hand
};

/// One of kEventKinds; any other name is an error of the compiler.
class EventKind {
 public:
  template <std::size_t Size>
  consteval EventKind(const char (&name)[Size]) : name_(known({name, Size - 1})) {}  // NOLINT: as the name itself

  [[nodiscard]] constexpr std::string_view name() const { return name_; }
  constexpr bool operator==(const EventKind&) const = default;

 private:
  static consteval std::string_view known(std::string_view name) {
    const auto* const found = std::ranges::find(kEventKinds, name);
    if (found == std::end(kEventKinds)) throw "not in kEventKinds";
    return *found;
  }
  std::string_view name_;
};

/// Never holds a secret, nor the URL of a receiver.
struct AuditEvent {
  Timestamp at;
  EventKind kind;
  /// Of the alert; those that all alerts of a message share; what a silence's matchers with `=` name.
  Labels labels{};
  boost::json::object details{};
};

/// An event as it is stored: JSON in UTF-8, bounded whatever labels and details were.
struct EventRow {
  Timestamp at;
  std::string_view kind;  ///< of kEventKinds
  std::string labels;
  std::string details;
  [[nodiscard]] std::size_t bytes() const { return sizeof(EventRow) + labels.size() + details.size(); }
};

/// Texts are cut and mended; a label set that is too large is left out but for the alert's name, with a note of it.
[[nodiscard]] EventRow row_of(const AuditEvent& event);

}  // namespace a2od
