// The schema for editors: it takes what the reader takes, and refuses unknown keys as the reader does.
#include "config/document.hpp"
#include "config/read.hpp"
#include "config/reference.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace a2od {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::Not;
using valijson::adapters::BoostJsonAdapter;

/// A plain scalar as an editor sees it: YAML's core schema.
json::value scalar(const Node& node) {
  const std::string_view text = node.text();
  if (node.quoted()) return json::value(text);
  if (text == "true" || text == "false") return text == "true";
  const auto* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (std::from_chars(text.data(), end, whole) == std::from_chars_result{end, std::errc()}) return whole;
  double number = 0;
  if (std::from_chars(text.data(), end, number) == std::from_chars_result{end, std::errc()}) return number;
  return json::value(text);
}

json::value as_json(const Node& node) {
  switch (node.kind()) {
    case Node::Kind::null:
      return nullptr;
    case Node::Kind::scalar:
      return scalar(node);
    case Node::Kind::sequence: {
      json::array list;
      for (const auto& item : node.items()) list.push_back(as_json(item));
      return list;
    }
    case Node::Kind::mapping: {
      json::object fields;
      for (const auto& entry : node.entries()) fields[entry.key] = as_json(entry.value);
      return fields;
    }
  }
  return nullptr;
}

const valijson::Schema& config_schema() {
  static const auto schema = [] {
    auto parsed = std::make_unique<valijson::Schema>();
    const auto written = json::parse(config_json_schema());
    valijson::SchemaParser().populateSchema(BoostJsonAdapter(written), *parsed);
    return parsed;
  }();
  return *schema;
}

/// What the schema has against it; empty: nothing.
std::string refusal(const Node& root) {
  const auto document = as_json(root);
  valijson::ValidationResults results;
  if (valijson::Validator().validate(config_schema(), BoostJsonAdapter(document), &results)) return {};
  std::string all;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const auto& step : error.context) all += step;
    all += ": " + error.description + "\n";
  }
  return all;
}

std::string refusal(std::string_view text) { return refusal(parse_document("a2od.yaml", text)->root); }

std::vector<std::string> files_that_end_in(const std::string& folder, std::string_view end) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(A2OD_SOURCE_DIR "/" + folder))
    if (entry.path().string().ends_with(end)) files.push_back(entry.path().string());
  std::ranges::sort(files);
  return files;
}

TEST(JsonSchema, TakesEveryGoodConfiguration) {
  auto files = files_that_end_in("tests/config/data", ".good.yaml");
  std::ranges::copy(files_that_end_in("config/examples", ".yaml"), std::back_inserter(files));
  files.push_back(A2OD_SOURCE_DIR "/deploy/debian/a2od.yaml");
  ASSERT_GT(files.size(), 10U);
  for (const auto& file : files) EXPECT_EQ(refusal(read_document(file)->root), "") << file;
}

TEST(JsonSchema, RefusesTheUnknownKeysThatTheReaderRefuses) {
  int refused = 0;
  for (const auto& file : files_that_end_in("tests/config/data", ".bad.yaml")) {
    const auto document = read_document(file);
    if (!document) continue;
    const auto config = read_config(file, {.check_files = false});
    ASSERT_FALSE(config) << file;
    const auto unknown = [](const Problem& problem) {
      return problem.message.find("unknown key") != std::string::npos;
    };
    if (std::ranges::none_of(config.error(), unknown)) continue;
    EXPECT_NE(refusal(document->root), "") << file;
    ++refused;
  }
  EXPECT_GT(refused, 4);
}

TEST(JsonSchema, SaysWhatIsWrongWhere) {
  EXPECT_EQ(refusal("route: {receiver: a, routes: [{receiver: b, routes: [{continue: true}]}]}\n"), "");
  EXPECT_THAT(refusal("route: {receiver: a, routes: [{receiver: b, routes: [{recever: c}]}]}\n"), HasSubstr("recever"));
  EXPECT_THAT(refusal("receivers: [{webhook_configs: []}]\n"), HasSubstr("name"));
  EXPECT_THAT(refusal("storage: {retention: 3 days}\n"), HasSubstr("retention"));
  EXPECT_EQ(refusal("storage: {retention: 3d12h}\nroute: {receiver: a, group_wait: 0}\n"), "");
  EXPECT_THAT(refusal("flapping: {changes: 2}\n"), HasSubstr("changes"));
  EXPECT_THAT(refusal("log: {level: loud}\n"), HasSubstr("level"));
  EXPECT_THAT(refusal("global: {http_config: {follow_redirects: sometimes}}\n"), Not(""));
}

TEST(JsonSchema, TellsWhatAKeyMeansAndItsDefault) {
  const auto schema = json::parse(config_json_schema());
  const auto& about = schema.at("properties").at("log").at("properties").at("level").at("description").as_string();
  EXPECT_THAT(std::string(about), HasSubstr("the least that is logged"));
  EXPECT_THAT(std::string(about), HasSubstr("[info]"));
}

}  // namespace
}  // namespace a2od
