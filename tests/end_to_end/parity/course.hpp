// What one side made of the hour, from what it keeps itself: when it looked, and which alert fired from when to when.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace a2od::end_to_end {

using Moment = std::chrono::milliseconds;  ///< since 1970
using LabelMap = std::map<std::string, std::string>;

LabelMap labels_of(const boost::json::object& object);

/// "MailboxesFailing Contoso Service"; here no two alerts are called so.
std::string name_of(const LabelMap& labels);

struct Firing {
  Moment began;                 ///< the first evaluation in which it fired
  std::optional<Moment> ended;  ///< the first one in which it fired no more
};

struct Course {
  std::map<std::string, std::vector<Firing>> firings;      ///< by the alert's name
  std::map<std::string, std::vector<Moment>> evaluations;  ///< of each rule group, by the label `signal` of its alerts
  std::vector<Moment> samples;                             ///< when it took in what the rules read
  Moment longest_scrape{};                                 ///< how long a scrape took at most; a2od has none
  bool scrape_failed = false;
};

/// Asks the API of a Prometheus, or of a2od, for the last minutes.
Course course_of(std::uint16_t port);

/// How far two such sides may be apart around these moments: the longest evaluation interval and the longest resolution
/// that either had there, and as long as a scrape takes.
Moment tolerance(const Course& one, const Course& other, Moment a, Moment b);

/// Never, if the alert is not there.
std::vector<Firing> firings_of(const Course& course, const std::string& alert);
/// What fires in the end, sorted.
std::vector<std::string> firing(const Course& course);
std::set<std::string> names_of(const Course& one, const Course& other);

/// A message without what differs by nature: addresses, and the values of times.
boost::json::object comparable(const boost::json::object& message);
/// `startsAt` or `endsAt` of an alert in a message; nothing where it says that this has not come.
std::optional<Moment> time_in(const boost::json::object& alert, std::string_view field);

/// The messages of each group of each receiver, in their order.
using Told = std::map<std::pair<std::string, std::string>, std::vector<boost::json::object>>;

/// Those of the side that calls itself so in `externalURL`.
Told told_by(const std::string& external_url, const std::vector<boost::json::value>& received);

/// "firing, resolved, firing": what the messages about this alert say, one after the other; "nothing".
std::string told_of(const Told& told, const std::string& alert);

/// All but the messages of groups that are about this alert.
Told without(Told told, const std::string& alert);

/// What the latest messages to others than `receiver` say fires, sorted.
std::vector<std::string> firing(const Told& told, const std::string& receiver);

/// The alerts whose messages have an annotation `details`.
std::set<std::string> told_with_details(const Told& told);

}  // namespace a2od::end_to_end
