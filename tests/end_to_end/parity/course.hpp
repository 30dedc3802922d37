// What one side made of the hour, from what it keeps itself: when it looked, and which alert fired from when to when.
#pragma once

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace a2od::end_to_end {

using Moment = std::chrono::milliseconds;  ///< since 1970
using LabelMap = std::map<std::string, std::string>;

struct Firing {
  Moment began;                 ///< the first evaluation in which it fired
  std::optional<Moment> ended;  ///< the first one in which it fired no more
};

struct Course {
  std::map<LabelMap, std::vector<Firing>> firings;
  std::map<std::string, std::vector<Moment>> evaluations;  ///< of each rule group, by the label `signal` of its alerts
  std::vector<Moment> samples;                             ///< when it took in what the rules read
  Moment longest_scrape{};                                 ///< how long a scrape took at most; none here
  bool scrape_failed = false;
};

/// Asks the API of a Prometheus, or of a2od, for the last minutes.
Course course_of(std::uint16_t port);

/// How far two such sides may be apart around these moments: the longest evaluation interval and the longest resolution
/// that either had there, and as long as a scrape takes.
Moment tolerance(const Course& one, const Course& other, const std::string& signal, Moment a, Moment b);

/// A message without what differs by nature: addresses, and the values of times.
boost::json::object comparable(const boost::json::object& message);

/// "MailboxesFailing Contoso Service"
std::string name_of(const LabelMap& labels);

/// The messages of each group of each receiver, in their order.
using Told = std::map<std::pair<std::string, std::string>, std::vector<boost::json::object>>;

/// Those of the side that calls itself so in `externalURL`.
Told told_by(const std::string& external_url, const std::vector<boost::json::value>& received);

/// "f r f r": firing and resolved messages about this alert.
std::string told_of(const Told& told, const LabelMap& labels);

}  // namespace a2od::end_to_end
