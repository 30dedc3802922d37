// Runs the conformance cases of PromQL, rules, expositions and notifications and prints how many of each set and
// feature pass. Exit codes: 0 all that we support pass, 1 some fail, 2 the cases cannot be read, 77 there are none.
#include "case.hpp"
#include "rules/promql/functions.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace json = boost::json;
using namespace a2od::conformance;

constexpr int kSkipped = 77;

struct Options {
  std::filesystem::path folder = std::filesystem::path(A2OD_SOURCE_DIR) / "../shared/conformance";
  std::string set;
  std::string id;
  bool failures = false;
  bool all = false;  ///< not only those that must pass
};

struct Counts {
  int passed = 0;
  int failed = 0;
  int unsupported = 0;
};

std::optional<Options> parse_options(std::span<char*> arguments) {
  Options options;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view name = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (name == "--failures") {
      options.failures = true;
    } else if (name == "--all") {
      options.all = true;
    } else if (name == "--set" && has_value) {
      options.set = arguments[++i];
    } else if (name == "--case" && has_value) {
      options.id = arguments[++i];
    } else if (name == "--folder" && has_value) {
      options.folder = arguments[++i];
    } else {
      return std::nullopt;
    }
  }
  return options;
}

bool is_core(const json::object& test) {
  return test.contains("core") && test.at("core").is_bool() && test.at("core").as_bool();
}

bool has_feature(const json::object& test, std::string_view feature) {
  if (!test.contains("features")) return false;
  return std::ranges::any_of(test.at("features").as_array(),
                             [&](const json::value& each) { return each.as_string() == feature; });
}

/// A configuration whose receivers are all ours, though its set counts only webhooks and mail as core.
bool has_our_receivers(const json::object& test) {
  constexpr std::array kOurs{"webhook", "email", "slack", "pagerduty", "opsgenie", "msteamsv2"};
  const auto* types = test.if_contains("receiver_types");
  return types != nullptr && !types->as_array().empty() &&
         std::ranges::all_of(types->as_array(), [&](const json::value& type) {
           return std::ranges::find(kOurs, type.as_string()) != kOurs.end();
         });
}

/// Of PromQL and templates: core cases, and those of what became stable after the selection of these: a duration as an
/// expression, names in UTF-8, start() and end() after @, the labels of type and unit; and experimental functions.
/// Of templates of notifications those with values that only Go writes, too. Of sets that have no core: all. Native
/// histograms, and HTML that is escaped by its context, are not ours.
bool must_pass(const json::object& test) {
  constexpr std::array kStable{
      "duration_expressions",   "utf8_names",    "at_start_end", "type_and_unit", "query_context_functions",
      "experimental_functions", "info_function", "limit_ratio",  "go_value"};
  constexpr std::array kNotOurs{"native_histograms", "nhcb", "load_with_nhcb", "html"};
  constexpr std::array kNotAsked{
      // Two rest on the delayed removal of names, which is off in production, and one on a native histogram, and do not
      // say so.
      "promql/type_and_unit.test:L77", "promql/type_and_unit.test:L222", "promql/info.test:L202",
      // Names in UTF-8 are always taken: there is no classic mode that would refuse them.
      "am/api/utf8_test.go:TestCannotAddUTF8SilencesInClassicMode"};
  if (std::ranges::find(kNotAsked, test.at("id").as_string()) != kNotAsked.end()) return false;
  const auto has = [&](std::string_view feature) { return has_feature(test, feature); };
  if (is_core(test) || has_our_receivers(test)) return true;
  const bool asked = !test.contains("core") || std::ranges::any_of(kStable, has);
  return asked && std::ranges::none_of(kNotOurs, has);
}

using Run = Result (*)(const Set&, const json::object&);
struct Runner {
  std::string_view name;  ///< of the set, or how it begins
  Run run;
};
constexpr std::array kRunners{
    Runner{"promql_", run_evaluation},
    Runner{"parser_expr", run_parser_case},
    Runner{"parser_printer", run_printer_case},
    Runner{"parser_series", run_series_case},
    Runner{"durations", run_duration_case},
    Runner{"template_expansion", run_template_case},
    Runner{"rules_files", run_rule_file_case},
    Runner{"rules_eval", run_rule_evaluation_case},
    Runner{"rules_unit_tests", run_unit_test_case},
    Runner{"expo_prom_text", run_exposition_case},
    Runner{"expo_openmetrics", run_exposition_case},
    Runner{"expo_expfmt", run_families_case},
    Runner{"expo_promlint", run_lint_case},
    Runner{"am_matchers_", run_matcher_case},
    Runner{"am_config", run_config_case},
    Runner{"am_routing", run_routing_case},
    Runner{"am_inhibit", run_inhibition_case},
    Runner{"am_timeintervals", run_time_interval_case},
    Runner{"am_silences", run_silence_case},
    Runner{"am_template", run_notification_template_case},
    Runner{"am_truncate", run_truncation_case},
    Runner{"am_api", run_api_case},
};

const Runner* runner_of(std::string_view set) {
  const auto* found =
      std::ranges::find_if(kRunners, [&](const Runner& runner) { return set.starts_with(runner.name); });
  return found == kRunners.end() || set == "promql_grammar" ? nullptr : found;
}

void report(const Options& options, const json::object& test, const std::string& id, const Result& result) {
  const bool asked = !options.id.empty() || (options.failures && result.outcome != Outcome::passed);
  if (!asked) return;
  constexpr std::array kNames{"passed", "failed", "unsupported"};
  std::string text;
  for (const auto* key : {"expr", "input", "text", "name"})
    if (const auto* found = test.if_contains(key); found != nullptr && text.empty()) text = json::serialize(*found);
  fmt::print("{} {}: {}\n    {}\n", kNames.at(static_cast<std::size_t>(result.outcome)), id, text, result.detail);
}

void count(const Result& result, Counts& counts) {
  ++(result.outcome == Outcome::passed   ? counts.passed
     : result.outcome == Outcome::failed ? counts.failed
                                         : counts.unsupported);
}

Counts run_set(const Set& set, const Options& options, std::map<std::string, Counts>& by_feature) {
  Counts counts;
  const Run run = runner_of(set.name)->run;
  for (const json::value& value : set.document.at("cases").as_array()) {
    const json::object& test = value.as_object();
    const std::string id(test.at("id").as_string());
    if (!options.all && !must_pass(test)) continue;
    if (!options.id.empty() && !id.contains(options.id)) continue;
    const Result result = run(set, test);
    report(options, test, id, result);
    count(result, counts);
    if (const auto* features = test.if_contains("features"))
      for (const auto& feature : features->as_array()) count(result, by_feature[std::string(feature.as_string())]);
  }
  return counts;
}

std::vector<std::filesystem::path> files_of(const Options& options) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    const std::string name = entry.path().stem().string();
    const bool wanted = options.set.empty() || name.contains(options.set);
    if (wanted && entry.path().extension() == ".json" && runner_of(name) != nullptr) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void print_row(std::string_view name, const Counts& counts) {
  fmt::print("{:<32}{:>8}{:>8}{:>13}\n", name, counts.passed, counts.failed, counts.unsupported);
}

int run_all(const Options& options) {
  Counts total;
  std::map<std::string, Counts> by_feature;
  fmt::print("{:<32}{:>8}{:>8}{:>13}\n", "set", "passed", "failed", "unsupported");
  for (const auto& file : files_of(options)) {
    const Set set = read_set(file, file.stem().string());
    const Counts counts = run_set(set, options, by_feature);
    print_row(set.name, counts);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.unsupported += counts.unsupported;
  }
  print_row("total", total);
  fmt::print("\n{:<32}{:>8}{:>8}{:>13}\n", "feature", "passed", "failed", "unsupported");
  for (const auto& [feature, counts] : by_feature) print_row(feature, counts);
  return total.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!options) {
    fmt::print("usage: conformance [--folder DIR] [--set NAME] [--case ID] [--failures] [--all]\n");
    return 2;
  }
  if (!std::filesystem::exists(options->folder)) {
    fmt::print("skipped: no conformance cases in {}\n", options->folder.string());
    return kSkipped;
  }
  a2od::promql::enable_experimental_functions(true);
  spdlog::set_level(spdlog::level::warn);
  try {
    return run_all(*options);
  } catch (const std::exception& error) {
    fmt::print("{}\n", error.what());
    return 2;
  }
}
