// One case of a conformance set: what to load, what to evaluate, what to expect.
#pragma once

#include "config/matcher.hpp"
#include "config/result.hpp"
#include "rules/promql/expression.hpp"
#include "rules/series/store.hpp"

#include <boost/json/value.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace a2od::conformance {

/// A file of cases; the cases refer to its loads.
struct Set {
  std::string name;
  std::filesystem::path folder;
  boost::json::value document;
};

/// Throws std::runtime_error for a file that is not there or not JSON.
[[nodiscard]] Set read_set(const std::filesystem::path& file, std::string name);

/// Text, or bytes as {"$b64": …}.
[[nodiscard]] std::string text_of(const boost::json::value& value);
/// Numbers are texts: "1.5", "+Inf", "NaN".
[[nodiscard]] double number_of(const boost::json::value& value);
[[nodiscard]] Labels labels_of(const boost::json::value& value);
/// {"type": "=~", "name": …, "value": …} as Alertmanager reads it.
[[nodiscard]] a2od::Result<Matcher> matcher_of(const boost::json::value& value);

/// Appends the samples of the loads that a case names.
void load(const Set& set, const boost::json::object& test, Store& store);

/// Empty: as expected. Otherwise what was found instead.
[[nodiscard]] std::string compare(const boost::json::object& expected, const promql::Value& found);

[[nodiscard]] std::string compare_annotations(const boost::json::object& expected, const promql::Annotations& found);

enum class Outcome { passed, failed, unsupported };
struct Result {
  Outcome outcome = Outcome::passed;
  std::string detail;
};
[[nodiscard]] Result run_evaluation(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_parser_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_printer_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_series_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_duration_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_template_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_rule_file_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_rule_evaluation_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_unit_test_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_exposition_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_families_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_matcher_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_config_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_routing_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_inhibition_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_time_interval_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_silence_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_notification_template_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_truncation_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_api_case(const Set& set, const boost::json::object& test);
[[nodiscard]] Result run_lint_case(const Set& set, const boost::json::object& test);

}  // namespace a2od::conformance
