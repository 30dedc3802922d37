// Cases of Alertmanager's matchers: both syntaxes, where they agree, and what matches.
#include "case.hpp"
#include "config/matchers.hpp"
#include "daemon/web/api_v2/silences.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

namespace a2od::conformance {
namespace {

namespace json = boost::json;

Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }

std::string shown(const std::vector<Matcher>& matchers) {
  std::string text;
  for (const auto& matcher : matchers) text += matcher.to_string() + " ";
  return text;
}

std::vector<Matcher> matchers_of(const json::value& expected) {
  std::vector<Matcher> all;
  for (const auto& each : expected.as_array()) {
    auto matcher = matcher_of(each);
    if (matcher) all.push_back(std::move(*matcher));
  }
  return all;
}

using Parsed = a2od::Result<std::vector<Matcher>>;

Parsed parse(const json::object& test, std::string_view syntax) {
  const auto meant = syntax == "classic" ? MatcherSyntax::classic
                     : syntax == "utf8"  ? MatcherSyntax::utf8
                                         : MatcherSyntax::fallback;
  const auto input = text_of(test.at("input"));
  if (!test.contains("kind") || test.at("kind").as_string() == "matchers") return parse_matchers(input, meant);
  auto one = parse_matcher(input, meant);
  if (!one) return std::unexpected(one.error());
  return std::vector{std::move(*one)};
}

Result judge(const Parsed& found, bool fails, const json::value* expected) {
  if (found.has_value() == fails) return failed(found ? shown(*found) : found.error().message);
  if (!found || expected == nullptr) return {};
  return *found == matchers_of(*expected) ? Result{} : failed(shown(*found));
}

/// Through the API, which is where matchers are JSON.
Result run_json(std::string_view kind, const Matcher& matcher, const std::string& text) {
  if (kind == "json_unmarshal") {
    const auto body =
        fmt::format(R"({{"startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-02T00:00:00Z","matchers":[{}]}})", text);
    const auto silence = read_posted_silence(body, Timestamp{});
    return silence && silence->matchers == std::vector{matcher} ? Result{} : failed("read otherwise");
  }
  Silences silences;
  const Timestamp start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  silences.restore({Silence{.id = "s", .matchers = {matcher}}});
  const auto answer = answer_v2_silence(silences, "s", start);
  return answer.body.contains(text) ? Result{} : failed(answer.body);
}

Result run_semantics(const json::object& test) {
  const auto kind = text_of(test.at("kind"));
  const auto matcher = matcher_of(test.at("matcher"));
  if (!matcher) return failed(matcher.error().message);
  if (kind == "string") {
    const auto text = matcher_text(*matcher);
    return text == text_of(test.at("text")) ? Result{} : failed(text);
  }
  if (kind.starts_with("json")) return run_json(kind, *matcher, text_of(test.at("json")));
  const bool matches =
      kind == "match" ? matcher->matches(text_of(test.at("value"))) : matcher->matches(labels_of(test.at("labels")));
  return matches == test.at("match").as_bool() ? Result{} : failed("decided otherwise");
}

}  // namespace

a2od::Result<Matcher> matcher_of(const json::value& value) {
  const auto type = match_type(text_of(value.at("type"))).value_or(MatchType::equal);
  return Matcher::make(type, text_of(value.at("name")), text_of(value.at("value")), Dot::one_line);
}

Result run_matcher_case(const Set& set, const json::object& test) {
  if (set.name == "am_matchers_semantics") return run_semantics(test);
  const bool fails = test.at("fail").as_bool();
  if (set.name != "am_matchers_compliance")
    return judge(parse(test, text_of(test.at("parser"))), fails, test.if_contains("expected"));
  const auto* expected = test.if_contains("classic_expected");
  if (auto classic = judge(parse(test, "classic"), fails, expected); classic.outcome != Outcome::passed) return classic;
  if (!test.at("parsers_agree").as_bool()) return {};
  return judge(parse(test, "utf8"), fails, expected);
}

}  // namespace a2od::conformance
