// Runs the conformance cases of PromQL and prints how many of each set pass. Exit codes: 0 all that we support pass,
// 1 some fail, 2 the cases cannot be read, 77 there are none.
#include "case.hpp"
#include "rules/promql/functions.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <exception>
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

/// Core cases, and those of what became stable after the selection of these: a duration as an expression, names in
/// UTF-8, start() and end() after @, the labels of type and unit; and experimental functions. Native histograms are not
/// ours.
bool must_pass(const json::object& test) {
  constexpr std::array kStable{
      "duration_expressions",   "utf8_names",   "at_start_end", "type_and_unit", "query_context_functions",
      "experimental_functions", "info_function"};
  constexpr std::array kNotOurs{"native_histograms", "nhcb", "load_with_nhcb"};
  // Two rest on the delayed removal of names, which is off in production, and one on a native histogram, and do not say
  // so.
  constexpr std::array kNotAsked{"promql/type_and_unit.test:L77", "promql/type_and_unit.test:L222",
                                 "promql/info.test:L202"};
  if (std::ranges::find(kNotAsked, test.at("id").as_string()) != kNotAsked.end()) return false;
  const auto has = [&](std::string_view feature) { return has_feature(test, feature); };
  if (is_core(test)) return true;
  return std::ranges::any_of(kStable, has) && std::ranges::none_of(kNotOurs, has);
}

Result run(const Set& set, const json::object& test) {
  if (set.name == "parser_expr") return run_parser_case(test);
  if (set.name == "parser_printer") return run_printer_case(test);
  return run_evaluation(set, test);
}

void report(const Options& options, const json::object& test, const std::string& id, const Result& result) {
  const bool asked = !options.id.empty() || (options.failures && result.outcome != Outcome::passed);
  if (!asked) return;
  constexpr std::array kNames{"passed", "failed", "unsupported"};
  const auto& text = test.contains("expr") ? test.at("expr") : test.at("input");
  fmt::print("{} {}: {}\n    {}\n", kNames.at(static_cast<std::size_t>(result.outcome)), id, json::serialize(text),
             result.detail);
}

Counts run_set(const Set& set, const Options& options) {
  Counts counts;
  for (const json::value& value : set.document.at("cases").as_array()) {
    const json::object& test = value.as_object();
    const std::string id(test.at("id").as_string());
    if (!options.all && !must_pass(test)) continue;
    if (!options.id.empty() && !id.contains(options.id)) continue;
    const Result result = run(set, test);
    report(options, test, id, result);
    ++(result.outcome == Outcome::passed   ? counts.passed
       : result.outcome == Outcome::failed ? counts.failed
                                           : counts.unsupported);
  }
  return counts;
}

std::vector<std::filesystem::path> files_of(const Options& options) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(options.folder)) {
    const std::string name = entry.path().stem().string();
    const bool ours = name.starts_with("promql_") || name == "parser_expr" || name == "parser_printer";
    const bool wanted = options.set.empty() || name.contains(options.set);
    if (ours && wanted && name != "promql_grammar" && entry.path().extension() == ".json")
      files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

int run_all(const Options& options) {
  Counts total;
  fmt::print("{:<32}{:>8}{:>8}{:>13}\n", "set", "passed", "failed", "unsupported");
  for (const auto& file : files_of(options)) {
    const Set set = read_set(file, file.stem().string());
    const Counts counts = run_set(set, options);
    fmt::print("{:<32}{:>8}{:>8}{:>13}\n", set.name, counts.passed, counts.failed, counts.unsupported);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.unsupported += counts.unsupported;
  }
  fmt::print("{:<32}{:>8}{:>8}{:>13}\n", "total", total.passed, total.failed, total.unsupported);
  return total.failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse_options(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
  if (!options) {
    fmt::print("usage: promql_conformance [--folder DIR] [--set NAME] [--case ID] [--failures] [--all]\n");
    return 2;
  }
  if (!std::filesystem::exists(options->folder)) {
    fmt::print("skipped: no conformance cases in {}\n", options->folder.string());
    return kSkipped;
  }
  a2od::promql::enable_experimental_functions(true);
  try {
    return run_all(*options);
  } catch (const std::exception& error) {
    fmt::print("{}\n", error.what());
    return 2;
  }
}
