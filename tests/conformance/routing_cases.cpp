// Cases of Alertmanager's configuration, routes, inhibition, time intervals and silences.
#include "case.hpp"
#include "config/matchers.hpp"
#include "config/read.hpp"
#include "daemon/notify/dispatcher.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace a2od::conformance {
namespace {

namespace json = boost::json;

Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }
Result expect_equal(const std::string& expected, const std::string& found) {
  return found == expected ? Result{} : failed(fmt::format("expected {}, found {}", expected, found));
}
Result expect_equal(bool expected, bool found) { return found == expected ? Result{} : failed("decided otherwise"); }

std::expected<Config, Problems> parse(const std::string& yaml) {
  return parse_config("alertmanager.yml", yaml, {.collectors = {}, .check_files = false});
}

std::string content_of(const Set& set, const json::object& test) {
  if (const auto* content = test.if_contains("content")) return text_of(*content);
  std::ifstream in(set.folder / text_of(test.at("files").at(0).at("path")));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string indented(std::string_view text, std::string_view by) {
  std::string out;
  for (const char c : text) {
    if (out.empty() || out.back() == '\n') out += by;
    out += c;
  }
  return out;
}

/// A configuration around a route, with the receivers that it names.
std::string config_around(std::string route) {
  static const RE2 receiver(R"(receiver: *['"]?([^'"\s]+))");
  re2::StringPiece rest(route);
  std::set<std::string> names;
  for (std::string name; RE2::FindAndConsume(&rest, receiver, &name);) names.insert(name);
  if (names.empty()) {
    names.insert("somebody");
    route += "\nreceiver: somebody\n";
  }
  auto yaml = "route:\n" + indented(route, "  ") + "\nreceivers:\n";
  for (const auto& name : names) yaml += "- name: '" + name + "'\n";
  return yaml;
}

json::array sorted_texts(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return json::array(texts.begin(), texts.end());
}

json::object described(const Route& route) {
  const auto& config = route.config;
  const bool all = config.group_by == std::vector<std::string>{"..."};
  return {{"receiver", config.receiver},
          {"group_by", all ? json::array() : sorted_texts(config.group_by)},
          {"group_by_all", all},
          {"group_wait_ms", config.group_wait.count()},
          {"group_interval_ms", config.group_interval.count()},
          {"repeat_interval_ms", config.repeat_interval.count()},
          {"route_key", route.key}};
}

Result run_inheritance(const RouteConfig& top, const json::object& expected) {
  const auto by_all = [](const RouteConfig& route) { return route.group_by == std::vector<std::string>{"..."}; };
  const auto& child = top.routes.at(0);
  const std::vector<std::pair<std::string_view, bool>> found{
      {"routes[0].group_by_all", by_all(child)},
      {"routes[0].routes[0].group_by_all", by_all(child.routes.at(0))},
      {"routes[0].routes[1].group_by_all", by_all(child.routes.at(1))}};
  for (const auto& [path, value] : found)
    if (expected.at(path).as_bool() != value) return failed(std::string(path));
  return {};
}

std::vector<Matcher> matchers_of(const json::object& rule, const std::string& side) {
  std::vector<Matcher> all;
  const auto add = [&](const char* form, MatchType type) {
    if (const auto* map = rule.if_contains(side + form))
      for (const auto& [name, value] : map->as_object())
        all.push_back(Matcher::make(type, name, text_of(value), Dot::one_line).value());
  };
  add("_match", MatchType::equal);
  add("_match_re", MatchType::regex);
  if (const auto* list = rule.if_contains(side + "_matchers"))
    for (const auto& text : list->as_array())
      std::ranges::move(parse_matchers(text_of(text), MatcherSyntax::fallback).value(), std::back_inserter(all));
  return all;
}

std::vector<std::string> texts_of(const json::value& list) {
  std::vector<std::string> texts;
  for (const auto& text : list.as_array()) texts.push_back(text_of(text));
  return texts;
}

bool inhibited(std::vector<InhibitRuleConfig> rules, const json::array& alerts, const Labels& target) {
  Inhibition inhibition(std::move(rules));
  std::set<std::string> firing;
  for (const auto& alert : alerts) {
    const auto labels = labels_of(alert.at("labels"));
    inhibition.add(fingerprint(labels), labels);
    alert.at("active").as_bool() ? void(firing.insert(fingerprint(labels))) : void(firing.erase(fingerprint(labels)));
  }
  inhibition.add(fingerprint(target), target);
  return inhibition.inhibiting(fingerprint(target), [&](const std::string& id) { return firing.contains(id); })
      .has_value();
}

/// Any alert is a source here; the target is none.
bool has_equal(const json::object& test) {
  const Matcher source = Matcher::make(MatchType::not_equal, "target", "yes").value();
  auto labels = test.at("target").as_object();
  labels["target"] = "yes";
  return inhibited({{"", {source}, {Matcher::equal("target", "yes")}, texts_of(test.at("equal"))}},
                   test.at("source_alerts").as_array(), labels_of(labels));
}

/// Time intervals called `t`, in YAML, of which JSON is a part.
std::expected<Config, Problems> parse_intervals(const std::string& intervals) {
  return parse("route: {receiver: r}\nreceivers: [{name: r}]\ntime_intervals:\n- name: t\n  time_intervals:\n" +
               indented(intervals, "    "));
}

std::string without_marker(std::string yaml) {
  if (const auto marker = yaml.find("---\n"); marker != std::string::npos) yaml.erase(0, marker + 4);
  return yaml;
}

Result run_containment(const Config& config, const json::object& test) {
  const auto& interval = config.time_intervals.at(0);
  for (const bool inside : {true, false}) {
    const auto* times = test.if_contains(inside ? "inside" : "outside");
    if (times == nullptr) continue;
    for (const auto& time : times->as_array()) {
      const Timestamp at(std::chrono::seconds(time.at("unix_s").as_int64()));
      if (interval.contains(at) != inside) return failed(json::serialize(time));
    }
  }
  return {};
}

Result run_muting(const json::object& test) {
  const auto used_as = text_of(test.at("used_as"));
  json::array names;
  json::array intervals;
  for (const auto& [name, value] : test.at("named_intervals").as_object()) {
    names.push_back(json::string(name));
    intervals.push_back(json::object{{"name", name}, {"time_intervals", value}});
  }
  const json::object child{{used_as, names}};
  const json::object document{{"route", json::object{{"receiver", "r"}, {"routes", json::array{child}}}},
                              {"receivers", json::array{json::object{{"name", "r"}}}},
                              {"time_intervals", intervals}};
  const auto config = parse(json::serialize(document));
  if (!config) return failed(to_string(config.error().front()));
  const Timestamp now(std::chrono::seconds(test.at("now").at("unix_s").as_int64()));
  Dispatcher dispatcher(routing_of(*config), {});
  dispatcher.receive(std::vector{AlertNotice{.labels = Labels{{"alertname", "A"}}}}, now);
  const auto view = dispatcher.view(now);
  return expect_equal(json::serialize(sorted_texts(texts_of(test.at("muted_by")))),
                      json::serialize(sorted_texts(view.groups.at(0).muted_by)));
}

/// Names that the classic syntax alone refuses: a2od takes names in UTF-8, as Alertmanager does by default.
bool is_classic_only(const json::object& test) {
  const auto id = text_of(test.at("id"));
  if (test.at("valid").as_bool()) return false;
  const auto* mode = test.if_contains("mode");
  return id.contains("classic mode") ||
         (mode != nullptr && text_of(*mode) == "classic" && text_of(test.at("error_contains")) == "invalid label name");
}

Result run_validation(const json::object& test) {
  const Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  Silence silence{.starts_at = start, .ends_at = start + std::chrono::hours(1)};
  const auto times = test.contains("times") ? text_of(test.at("times")) : "ok";
  if (times == "end=start-1s") silence.ends_at = start - std::chrono::seconds(1);
  if (times == "start=zero") silence.starts_at = {};
  if (times == "end=zero") silence.ends_at = {};
  // One that is not at fault: a silence may not match everything.
  silence.matchers.push_back(Matcher::equal("job", "test"));
  const auto given = test.contains("matchers") ? test.at("matchers").as_array() : json::array{test.at("matcher")};
  bool valid = true;
  for (const auto& each : given) {
    auto matcher = matcher_of(each);
    valid = valid && matcher.has_value();
    if (matcher) silence.matchers.push_back(std::move(*matcher));
  }
  const auto checked = check_silence(silence);
  return expect_equal(test.at("valid").as_bool(), valid && checked.has_value());
}

Result run_route_labels(const RouteConfig& route, const json::object& test) {
  const Routes routes(route);
  const auto taken = routes.taken_by(labels_of(test.at("labels")));
  if (taken.size() != 1) return failed("it takes several routes");
  json::object labels;
  for (const auto& [name, text] : taken.front()->config.labels) labels[name] = text;
  return expect_equal(json::serialize(test.at("expect_route_labels")), json::serialize(labels));
}

}  // namespace

Result run_config_case(const Set& set, const json::object& test) {
  const auto config = parse(content_of(set, test));
  // a2od takes names in UTF-8, as Alertmanager does by default.
  const bool valid = test.at("valid").as_bool() || test.contains("valid_in_utf8_mode");
  if (config.has_value() == valid) return {};
  if (config) return failed("it was taken");
  return failed(to_string(config.error().front()));
}

Result run_routing_case(const Set& set, const json::object& test) {
  const auto kind = text_of(test.at("kind"));
  if (kind == "group_labels") {
    const auto found = group_labels(labels_of(test.at("labels")), texts_of(test.at("group_by")));
    return expect_equal(labels_of(test.at("expect_group_labels")).to_string(), found.to_string());
  }
  const auto config =
      parse(kind == "receivers" ? content_of(set, test) : config_around(text_of(test.at("route_yaml"))));
  if (!config) return failed(to_string(config.error().front()));
  if (kind == "route_labels") return run_route_labels(config->route, test);
  if (kind == "inherit") return run_inheritance(config->route, test.at("expect").as_object());
  const Routes routes(config->route);
  json::array receivers;
  json::array described_routes;
  for (const auto* route : routes.taken_by(labels_of(test.at("labels")))) {
    receivers.push_back(json::string(route->config.receiver));
    described_routes.push_back(described(*route));
  }
  if (kind == "receivers") {
    return expect_equal(json::serialize(sorted_texts(texts_of(test.at("expect_receivers")))),
                        json::serialize(sorted_texts(texts_of(receivers))));
  }
  return expect_equal(json::serialize(test.at("expect")), json::serialize(described_routes));
}

Result run_inhibition_case(const Set& /*set*/, const json::object& test) {
  if (test.contains("kind")) return expect_equal(test.at("has_equal").as_bool(), has_equal(test));
  std::vector<InhibitRuleConfig> rules;
  for (const auto& rule : test.at("inhibit_rules").as_array())
    rules.push_back({"", matchers_of(rule.as_object(), "source"), matchers_of(rule.as_object(), "target"),
                     texts_of(rule.at("equal"))});
  return expect_equal(test.at("muted").as_bool(),
                      inhibited(std::move(rules), test.at("active_alerts").as_array(), labels_of(test.at("target"))));
}

Result run_time_interval_case(const Set& /*set*/, const json::object& test) {
  const auto kind = text_of(test.at("kind"));
  if (kind.starts_with("route_")) return run_muting(test);
  std::string intervals;
  if (kind == "contains") intervals = json::serialize(test.at("intervals"));
  if (kind == "time_range") intervals = "- times: [" + text_of(test.at("yaml")) + "]";
  if (kind == "yaml_list") intervals = without_marker(text_of(test.at("yaml")));
  if (kind == "yaml_single") intervals = "-\n" + indented(without_marker(text_of(test.at("yaml"))), "  ");
  const auto config = parse_intervals(intervals);
  const bool valid = !test.contains("valid") || test.at("valid").as_bool();
  if (config.has_value() != valid) return failed(config ? "it was taken" : to_string(config.error().front()));
  return config ? run_containment(*config, test) : Result{};
}

Result run_silence_case(const Set& /*set*/, const json::object& test) {
  if (text_of(test.at("kind")) != "matches") {
    if (is_classic_only(test)) return {Outcome::unsupported, "refused by the classic syntax alone"};
    return run_validation(test);
  }
  const auto& sets = test.at("matcher_sets").as_array();
  if (sets.size() != 1) return {Outcome::unsupported, "several sets of matchers"};
  const Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  Silence silence{.starts_at = start, .ends_at = start + std::chrono::hours(1)};
  for (const auto& each : sets.at(0).as_array()) silence.matchers.push_back(matcher_of(each).value());
  Silences silences;
  silence.id = "s";
  silences.restore({silence});
  Silences::Known known;
  const auto found = silences.silencing(labels_of(test.at("labels")), start, known);
  return expect_equal(test.at("matches").as_bool(), !found.empty());
}

}  // namespace a2od::conformance
