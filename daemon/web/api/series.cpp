#include "daemon/web/api/series.hpp"

#include "config/utf8.hpp"
#include "daemon/web/federation_page.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <expected>
#include <optional>
#include <utility>
#include <vector>

namespace a2od {

namespace json = boost::json;

namespace {

using MatcherSets = std::vector<std::vector<Matcher>>;

/// What a request asks for.
struct Selection {
  MatcherSets sets;  ///< none: all series
  std::optional<Timestamp> start;
  std::optional<Timestamp> end;
  std::size_t limit = 0;  ///< 0: none
};

bool matches_everything(const std::vector<Matcher>& matchers) {
  return std::ranges::all_of(matchers, [](const Matcher& matcher) { return matcher.matches(std::string_view{}); });
}

std::expected<MatcherSets, ApiReply> read_matchers(const Parameters& parameters) {
  MatcherSets sets;
  for (const auto& text : find_all(parameters, "match[]")) {
    auto matchers = promql::parse_selector(text);
    if (!matchers) return std::unexpected(parse_failed("match[]", matchers.error()));
    if (matches_everything(*matchers))
      return std::unexpected(bad_parameter(
          "match[]", "at least one matcher that does not match the empty text, such as up{job=\"a2od\"}"));
    sets.push_back(std::move(*matchers));
  }
  return sets;
}

std::expected<Selection, ApiReply> read_selection(const Parameters& parameters) {
  Selection selection;
  auto sets = read_matchers(parameters);
  if (!sets) return std::unexpected(std::move(sets.error()));
  selection.sets = std::move(*sets);
  for (const auto& [name, time] : {std::pair("start", &selection.start), std::pair("end", &selection.end)}) {
    const auto text = find(parameters, name);
    if (!text) continue;
    *time = parse_time(*text);
    if (!*time)
      return std::unexpected(bad_parameter(name, "seconds since 1970, or a time such as 2026-01-31T08:00:00Z"));
  }
  if (selection.start && selection.end && *selection.end < *selection.start)
    return std::unexpected(bad_parameter("end", "a time that is not before start"));
  const auto limit = parse_limit(parameters);
  if (!limit) return std::unexpected(bad_parameter("limit", "a whole number"));
  selection.limit = *limit;
  return selection;
}

/// Those that match any of the sets, each once.
std::vector<SeriesRef> selected(const Snapshot& series, const Selection& selection) {
  std::vector<SeriesRef> found;
  if (selection.sets.empty()) found = series.select({});
  for (const auto& matchers : selection.sets) std::ranges::copy(series.select(matchers), std::back_inserter(found));
  if (selection.sets.size() > 1) {
    std::ranges::sort(found);
    const auto repeated = std::ranges::unique(found);
    found.erase(repeated.begin(), repeated.end());
  }
  if (!selection.start && !selection.end) return found;
  const auto from = selection.start.value_or(Timestamp{});
  const auto until = selection.end.value_or(Timestamp::max());
  std::erase_if(found, [&](SeriesRef ref) { return !series.find(ref)->has_samples(from, until); });
  return found;
}

/// Where the series of a request are to be found. Without a start only those that memory has are meant.
SeriesSource::Covering covering(const SeriesSource& source, const Selection& selection,
                                const promql::EvaluationLimits& limits) {
  if (!selection.start) return CoveringSeries{source.memory()};
  std::vector<promql::SeriesWindow> windows;
  const auto add = [&](const std::vector<Matcher>& matchers) {
    windows.push_back({matchers, *selection.start - Milliseconds(1), selection.end.value_or(Timestamp::max())});
  };
  std::ranges::for_each(selection.sets, add);
  if (selection.sets.empty()) add({});
  return source.covering_series(windows, limits);
}

ApiReply limited_list(std::vector<std::string> texts, std::size_t limit, std::vector<std::string> warnings) {
  if (limit > 0 && texts.size() > limit) {
    texts.resize(limit);
    warnings.emplace_back(kTruncated);
  }
  return api_success(json::array(texts.begin(), texts.end()), warnings);
}

/// "U__my_2e_label" is "my.label": what a path cannot hold is written in hexadecimal, an underscore as two.
std::optional<std::string> unescaped(std::string_view text) {
  constexpr std::string_view kEscaped = "U__";
  if (!text.starts_with(kEscaped)) return std::string(text);
  std::string name;
  for (std::size_t i = kEscaped.size(); i < text.size(); ++i) {
    if (text[i] != '_') {
      name += text[i];
      continue;
    }
    const auto end = text.find('_', i + 1);
    if (end == std::string_view::npos) return std::nullopt;
    if (end == i + 1) {
      name += '_';
    } else {
      std::uint32_t code = 0;
      const auto [rest, error] = std::from_chars(text.data() + i + 1, text.data() + end, code, 16);
      if (error != std::errc{} || rest != text.data() + end || code > 0x10ffff) return std::nullopt;
      append_utf8(name, code);
    }
    i = end;
  }
  return name;
}

}  // namespace

ApiReply answer_series(const SeriesSource& source, const Parameters& parameters,
                       const promql::EvaluationLimits& limits) {
  const auto selection = read_selection(parameters);
  if (!selection) return selection.error();
  if (selection->sets.empty()) return api_error(400, "bad_data", "no match[] parameter provided");
  auto covered = covering(source, *selection, limits);
  if (!covered) return evaluation_failed(covered.error());
  auto& [series, warnings] = *covered;
  std::vector<Labels> found;
  for (const auto ref : selected(series, *selection)) found.push_back(series.find(ref)->labels());
  std::ranges::sort(found);
  json::array list;
  for (const auto& labels : found) {
    if (selection->limit > 0 && list.size() == selection->limit) {
      warnings.emplace_back(kTruncated);
      break;
    }
    list.push_back(label_object(labels));
  }
  return api_success(std::move(list), warnings);
}

ApiReply answer_labels(const SeriesSource& source, const Parameters& parameters,
                       const promql::EvaluationLimits& limits) {
  const auto selection = read_selection(parameters);
  if (!selection) return selection.error();
  auto covered = covering(source, *selection, limits);
  if (!covered) return evaluation_failed(covered.error());
  auto& [series, warnings] = *covered;
  return limited_list(series.label_names(selected(series, *selection)), selection->limit, std::move(warnings));
}

ApiReply answer_label_values(const SeriesSource& source, std::string_view label, const Parameters& parameters,
                             const promql::EvaluationLimits& limits) {
  const auto name = unescaped(label);
  if (!name || name->empty() || !is_valid_utf8(*name))
    return api_error(400, "bad_data", fmt::format("invalid label name: \"{}\"", label));
  const auto selection = read_selection(parameters);
  if (!selection) return selection.error();
  auto covered = covering(source, *selection, limits);
  if (!covered) return evaluation_failed(covered.error());
  auto& [series, warnings] = *covered;
  return limited_list(series.label_values(*name, selected(series, *selection)), selection->limit, std::move(warnings));
}

ApiReply answer_metadata(std::span<const Metric> metrics, const ScrapeRows& scraped, const Parameters& parameters) {
  const auto limit = parse_limit(parameters);
  const auto per_metric = parse_limit(parameters, "limit_per_metric");
  if (!limit || !per_metric) return bad_parameter(limit ? "limit_per_metric" : "limit", "a whole number");
  const auto wanted = find(parameters, "metric");
  json::object list;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view help, std::string_view unit) {
    if (wanted && *wanted != name) return;
    if (*limit > 0 && list.size() >= *limit && !list.contains(name)) return;
    auto& entries = list[name];
    if (entries.is_null()) entries = json::array();
    json::value entry = json::object{{"type", type}, {"help", help}, {"unit", unit}};
    auto& said = entries.as_array();
    if (*per_metric > 0 && said.size() >= *per_metric) return;
    if (std::ranges::find(said, entry) == said.end()) said.push_back(std::move(entry));
  };
  for (const auto& metric : metrics) add(metric.name, to_string(metric.type), metric.help, metric.unit);
  for (const auto& target : scraped.active) {
    if (target.metadata == nullptr) continue;
    for (const auto& [name, metric] : *target.metadata) add(name, to_string(metric.type), metric.help, metric.unit);
  }
  return api_success(std::move(list));
}

ApiReply answer_targets_metadata(const ScrapeRows& scraped, const Parameters& parameters) {
  const auto limit = parse_limit(parameters);
  if (!limit) return bad_parameter("limit", "a whole number");
  std::vector<Matcher> matchers;
  if (const auto text = find(parameters, "match_target"); text && !text->empty()) {
    auto parsed = promql::parse_selector(*text);
    if (!parsed) return parse_failed("match_target", parsed.error());
    matchers = std::move(*parsed);
  }
  const auto wanted = find(parameters, "metric").value_or("");
  json::array list;
  for (const auto& target : scraped.active) {
    const auto labels = Labels::from({target.labels.begin(), target.labels.end()});
    if (target.metadata == nullptr || !matches_all(matchers, labels)) continue;
    for (const auto& [name, metric] : *target.metadata) {
      if (*limit > 0 && list.size() == *limit) return api_success(std::move(list));
      if (!wanted.empty() && wanted != name) continue;
      json::object entry{{"target", label_object(labels)}};
      if (wanted.empty()) entry["metric"] = name;
      entry["type"] = to_string(metric.type);
      entry["help"] = metric.help;
      entry["unit"] = metric.unit;
      list.push_back(std::move(entry));
    }
  }
  if (list.empty()) return api_error(404, "not_found", "specified metadata not found");
  return api_success(std::move(list));
}

ApiReply answer_federate(const Snapshot& series, const Parameters& parameters, Timestamp now, Milliseconds lookback,
                         const std::map<std::string, std::string>& external_labels) {
  auto sets = read_matchers(parameters);
  if (!sets) return std::move(sets.error());
  if (sets->empty()) return {};  // as Prometheus: what is not asked for is not shown
  auto found = selected(series, {.sets = std::move(*sets)});
  const auto metric_of = [&](SeriesRef ref) { return series.find(ref)->labels().get(kMetricName); };
  const auto order_of = [&](SeriesRef ref) { return std::pair(metric_of(ref), ref); };
  if (!std::ranges::is_sorted(found, {}, metric_of)) std::ranges::sort(found, {}, order_of);
  return {200, federation_page(series, found, now, lookback, external_labels)};
}

}  // namespace a2od
