#include "daemon/state/encoding.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace a2od {
namespace {

namespace json = boost::json;

json::value parse(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // labels are kept byte for byte
  boost::system::error_code error;
  auto value = json::parse(text, error, {}, options);
  if (error) throw UnreadableValue("a saved value is not JSON: " + error.message());
  return value;
}

const json::value& at(const json::object& from, std::string_view key) {
  if (const auto* value = from.if_contains(key)) return *value;
  throw UnreadableValue("a saved value has no '" + std::string(key) + "'");
}

json::value value_of(Timestamp time) { return time.time_since_epoch().count(); }

json::value value_of(const std::optional<Timestamp>& time) { return time ? value_of(*time) : json::value(nullptr); }

Timestamp time_of(const json::value& value) { return Timestamp(Milliseconds(value.as_int64())); }

std::optional<Timestamp> optional_time_of(const json::value& value) {
  return value.is_null() ? std::nullopt : std::optional(time_of(value));
}

std::string string_of(const json::value& value) { return std::string(std::string_view(value.as_string())); }

json::object value_of(const Labels& labels) {
  json::object out;
  for (const auto& [name, text] : labels.pairs()) out[name] = text;
  return out;
}

Labels labels_of(const json::value& value) {
  std::vector<Labels::Pair> pairs;
  for (const auto& [name, text] : value.as_object()) pairs.emplace_back(name, std::string_view(text.as_string()));
  return Labels::from(std::move(pairs));
}

json::object value_of(const std::map<std::string, std::string>& map) {
  json::object out;
  for (const auto& [name, text] : map) out[name] = text;
  return out;
}

std::map<std::string, std::string> map_of(const json::value& value) {
  std::map<std::string, std::string> out;
  for (const auto& [name, text] : value.as_object()) out.emplace(name, string_of(text));
  return out;
}

json::array value_of(const Fingerprints& ids) { return json::array(ids.begin(), ids.end()); }

Fingerprints fingerprints_of(const json::value& value) {
  Fingerprints out;
  for (const auto& id : value.as_array()) out.push_back(string_of(id));
  return out;
}

/// As text in its shortest exact form: JSON knows no infinities, and the parser rounds some numbers wrongly.
std::string number_text(double value) {
  std::array<char, 32> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return {digits.data(), end};
}

double number_of(const json::value& value) {
  const auto& text = value.as_string();
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) throw UnreadableValue("a saved number is not one");
  return number;
}

AlertState state_of(std::string_view name) {
  for (const auto state : {AlertState::inactive, AlertState::pending, AlertState::firing}) {
    if (to_string(state) == name) return state;
  }
  throw UnreadableValue("a saved alert is in no known state");
}

Matcher matcher_of(const json::object& from) {
  const auto type = match_type(string_of(at(from, "operator")));
  if (!type) throw UnreadableValue("a saved matcher has no known operator");
  auto matcher = Matcher::make(*type, string_of(at(from, "name")), string_of(at(from, "value")), Dot::one_line);
  if (!matcher) throw UnreadableValue("a saved matcher: " + matcher.error().message);
  return std::move(*matcher);
}

json::array value_of(const std::map<Integration, LedgerEntry>& ledger) {
  json::array out;
  for (const auto& [to, told] : ledger) {
    out.push_back(json::object{{"receiver", to.receiver},
                               {"webhook", to.index},
                               {"kind", to.kind},
                               {"time", value_of(told.time)},
                               {"firing", value_of(told.firing)},
                               {"resolved", value_of(told.resolved)},
                               {"flapping", value_of(told.flapping)}});
  }
  return out;
}

std::map<Integration, LedgerEntry> ledger_of(const json::value& value) {
  std::map<Integration, LedgerEntry> out;
  for (const auto& item : value.as_array()) {
    const auto& entry = item.as_object();
    Integration to{string_of(at(entry, "receiver")), at(entry, "webhook").to_number<std::uint64_t>()};
    if (const auto* kind = entry.if_contains("kind")) to.kind = string_of(*kind);
    const auto* flapping = entry.if_contains("flapping");  // absent where nothing could flap
    out.emplace(std::move(to), LedgerEntry{time_of(at(entry, "time")), fingerprints_of(at(entry, "firing")),
                                           fingerprints_of(at(entry, "resolved")),
                                           flapping == nullptr ? Fingerprints() : fingerprints_of(*flapping)});
  }
  return out;
}

json::object value_of(const Acknowledgement& acknowledgement) {
  return {{"owner", acknowledgement.owner},
          {"comment", acknowledgement.comment},
          {"created_at", value_of(acknowledgement.created_at)},
          {"expires_at", value_of(acknowledgement.expires_at)}};
}

Acknowledgement acknowledgement_of(const json::object& from) {
  return {.owner = string_of(at(from, "owner")),
          .comment = string_of(at(from, "comment")),
          .created_at = time_of(at(from, "created_at")),
          .expires_at = time_of(at(from, "expires_at"))};
}

json::object value_of(const std::map<std::string, Timestamp>& times) {
  json::object out;
  for (const auto& [name, time] : times) out[name] = value_of(time);
  return out;
}

std::map<std::string, Timestamp> times_of(const json::value& value) {
  std::map<std::string, Timestamp> out;
  for (const auto& [name, time] : value.as_object()) out.emplace(name, time_of(time));
  return out;
}

/// Before it was written down: since the last message.
std::map<std::string, Timestamp> told_in(const std::map<Integration, LedgerEntry>& ledger) {
  std::map<std::string, Timestamp> out;
  for (const auto& [to, told] : ledger) {
    for (const auto& alert : told.firing) {
      auto& since = out.try_emplace(alert, told.time).first->second;
      since = std::min(since, told.time);
    }
  }
  return out;
}

}  // namespace

std::string encode(const Labels& labels) { return json::serialize(value_of(labels)); }

Labels decode_labels(std::string_view text) { return labels_of(parse(text)); }

std::string encode(const SavedAlert& saved) {
  const auto& alert = saved.alert;
  json::array inputs;
  for (const auto& series : saved.inputs) inputs.push_back(value_of(series));
  return json::serialize(json::object{
      {"annotations", value_of(alert.annotations)},
      {"state", to_string(alert.state)},
      {"value", number_text(alert.value)},
      {"active_at", value_of(alert.active_at)},
      {"fired_at", value_of(alert.fired_at)},
      {"resolved_at", value_of(alert.resolved_at)},
      {"keep_firing_since", value_of(alert.keep_firing_since)},
      {"last_sent_at", value_of(alert.last_sent_at)},
      {"counted_until", value_of(alert.counted_until)},
      {"valid_until", value_of(alert.valid_until)},
      {"held", alert.held},
      {"inputs", std::move(inputs)},
  });
}

void decode_into(SavedAlert& saved, std::string_view text) {
  const auto value = parse(text);
  const auto& from = value.as_object();
  auto& alert = saved.alert;
  alert.annotations = map_of(at(from, "annotations"));
  alert.state = state_of(std::string_view(at(from, "state").as_string()));
  alert.value = number_of(at(from, "value"));
  alert.active_at = time_of(at(from, "active_at"));
  alert.fired_at = optional_time_of(at(from, "fired_at"));
  alert.resolved_at = optional_time_of(at(from, "resolved_at"));
  alert.keep_firing_since = optional_time_of(at(from, "keep_firing_since"));
  alert.last_sent_at = time_of(at(from, "last_sent_at"));
  alert.counted_until = time_of(at(from, "counted_until"));
  alert.valid_until = time_of(at(from, "valid_until"));
  alert.held = at(from, "held").as_bool();
  saved.inputs.clear();
  for (const auto& series : at(from, "inputs").as_array()) saved.inputs.push_back(labels_of(series));
}

std::string encode(const RoutedAlert& alert) {
  json::object out{
      {"labels", value_of(alert.labels)},
      {"annotations", value_of(alert.annotations)},
      {"starts_at", value_of(alert.starts_at)},
      {"ends_at", value_of(alert.ends_at)},
      {"updated_at", value_of(alert.updated_at)},
      {"generator_url", alert.generator_url},
      {"timeout", alert.timeout},
  };
  if (alert.from_others) out["from_others"] = true;
  if (alert.acknowledgement) out["acknowledgement"] = value_of(*alert.acknowledgement);
  return json::serialize(out);
}

RoutedAlert decode_routed_alert(std::string_view text) {
  const auto value = parse(text);
  const auto& from = value.as_object();
  RoutedAlert alert;
  alert.labels = labels_of(at(from, "labels"));
  alert.fingerprint = fingerprint(alert.labels);
  alert.annotations = map_of(at(from, "annotations"));
  alert.starts_at = time_of(at(from, "starts_at"));
  alert.ends_at = time_of(at(from, "ends_at"));
  alert.updated_at = time_of(at(from, "updated_at"));
  alert.generator_url = string_of(at(from, "generator_url"));
  alert.timeout = at(from, "timeout").as_bool();
  alert.from_others = from.contains("from_others");
  if (const auto* given = from.if_contains("acknowledgement"))
    alert.acknowledgement = acknowledgement_of(given->as_object());
  return alert;
}

std::string encode(const Silence& silence) {
  json::array matchers;
  for (const auto& matcher : silence.matchers)
    matchers.push_back(
        json::object{{"name", matcher.name()}, {"operator", to_string(matcher.type())}, {"value", matcher.value()}});
  return json::serialize(json::object{
      {"id", silence.id},
      {"matchers", std::move(matchers)},
      {"starts_at", value_of(silence.starts_at)},
      {"ends_at", value_of(silence.ends_at)},
      {"updated_at", value_of(silence.updated_at)},
      {"created_by", silence.created_by},
      {"comment", silence.comment},
      {"annotations", value_of(silence.annotations)},
  });
}

Silence decode_silence(std::string_view text) {
  const auto value = parse(text);
  const auto& from = value.as_object();
  Silence silence{.id = string_of(at(from, "id")),
                  .starts_at = time_of(at(from, "starts_at")),
                  .ends_at = time_of(at(from, "ends_at")),
                  .updated_at = time_of(at(from, "updated_at")),
                  .created_by = string_of(at(from, "created_by")),
                  .comment = string_of(at(from, "comment")),
                  .annotations = map_of(at(from, "annotations"))};
  for (const auto& item : at(from, "matchers").as_array()) silence.matchers.push_back(matcher_of(item.as_object()));
  return silence;
}

std::string encode(const GroupState& group) {
  return json::serialize(json::object{
      {"route", group.route},
      {"labels", value_of(group.labels)},
      {"flushed", group.flushed},
      {"next_flush", value_of(group.next_flush)},
      {"ledger", value_of(group.ledger)},
      {"told", value_of(group.told)},
  });
}

GroupState decode_group_state(std::string_view text) {
  const auto value = parse(text);
  const auto& from = value.as_object();
  const auto* route = from.if_contains("route");  // absent where there was one route only
  const auto* told = from.if_contains("told");
  GroupState group{
      .route = route == nullptr ? "{}" : string_of(*route),
      .labels = labels_of(at(from, "labels")),
      .flushed = at(from, "flushed").as_bool(),
      .next_flush = time_of(at(from, "next_flush")),
      .ledger = ledger_of(at(from, "ledger")),
  };
  group.told = told == nullptr ? told_in(group.ledger) : times_of(*told);
  return group;
}

}  // namespace a2od
