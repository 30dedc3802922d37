// Cases of Alertmanager's matchers: both syntaxes, where they agree, and what matches.
#include "case.hpp"
#include "config/matchers.hpp"

#include <string>
#include <vector>

namespace a2od::conformance {
namespace {

namespace json = boost::json;

Result failed(std::string detail) { return {Outcome::failed, std::move(detail)}; }

MatchType type_of(std::string_view text) {
  if (text == "=~") return MatchType::regex;
  if (text == "!~") return MatchType::not_regex;
  return text == "!=" ? MatchType::not_equal : MatchType::equal;
}

std::string shown(const std::vector<Matcher>& matchers) {
  std::string text;
  for (const auto& matcher : matchers) text += matcher.to_string() + " ";
  return text;
}

std::vector<Matcher> matchers_of(const json::value& expected) {
  std::vector<Matcher> all;
  for (const auto& each : expected.as_array()) {
    auto matcher =
        Matcher::make(type_of(text_of(each.at("type"))), text_of(each.at("name")), text_of(each.at("value")));
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

Result run_semantics(const json::object& test) {
  const auto kind = text_of(test.at("kind"));
  if (kind != "match" && kind != "filter_labels") return {Outcome::unsupported, "no silences yet"};
  const auto& given = test.at("matcher").as_object();
  const auto matcher = Matcher::make(type_of(text_of(given.at("type"))), text_of(given.at("name")),
                                     text_of(given.at("value")), Dot::one_line);
  if (!matcher) return failed(matcher.error().message);
  const bool matches =
      kind == "match" ? matcher->matches(text_of(test.at("value"))) : matcher->matches(labels_of(test.at("labels")));
  return matches == test.at("match").as_bool() ? Result{} : failed("decided otherwise");
}

}  // namespace

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
