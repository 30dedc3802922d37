// What is checked and shown of others' text: quoting, nearest names, bytes that are not text, names and addresses.
#include "config/document.hpp"
#include "config/quote.hpp"
#include "config/schema/checks.hpp"
#include "config/source_text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace a2od {
namespace {

using namespace std::string_view_literals;

TEST(Quote, StaysOnOneLine) { EXPECT_EQ(quote("a\nb\t\x1b[0m"), "'a\\nb\\t\\x1b[0m'"); }

TEST(Quote, CutsLongTextBetweenCharacters) {
  const auto text = std::string(79, 'x') + "é and more";
  EXPECT_EQ(quote(text), "'" + std::string(79, 'x') + "…'");
}

TEST(YamlQuoted, IsWhatYamlReadsBackOnOneLine) {
  for (const auto text :
       {""sv, "plain"sv, "\"a\" \\ 'b'"sv, "a\nb\r\t\0\x7f"sv, "\xc2\x85 \xe2\x80\xa8 \xe2\x80\xae \xef\xbb\xbf"sv,
        "#: - {x}"sv, "Übung 🦄 \xf3\xa0\x80\x81"sv}) {
    const auto quoted = yaml_quoted(text);
    const auto document = parse_document("x", "key: " + quoted + "  # comment\n");
    ASSERT_TRUE(document) << quoted;
    EXPECT_EQ(document->root.find("key")->text(), text) << quoted;
    EXPECT_EQ(quoted.find_first_of("\n\r"), std::string::npos);
  }
  EXPECT_EQ(yaml_quoted("\xe2\x80\xaex"), R"("\u202ex")");
  EXPECT_EQ(yaml_quoted("a\xff\xc3"), "\"a\uFFFD\uFFFD\"");
}

constexpr std::array kKeys = {"tenants"sv, "collectors"sv, "rules"sv, "rule_files"sv, "route"sv, "url"sv, "web"sv};

TEST(Nearest, IsTheKnownNameWithTheFewestChanges) {
  EXPECT_EQ(nearest("tenant", kKeys), "tenants");
  EXPECT_EQ(nearest("colectros", kKeys), "collectors");
  EXPECT_EQ(nearest("Route", kKeys), "route");
  EXPECT_EQ(nearest("rulefiles", kKeys), "rule_files");
  EXPECT_EQ(nearest("ulr", kKeys), "url");
}

TEST(Nearest, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(nearest("storage", kKeys), "");
  EXPECT_EQ(nearest("ab", kKeys), "");
  EXPECT_EQ(nearest("", kKeys), "");
  EXPECT_EQ(nearest("colleeeectors", kKeys), "");
  EXPECT_EQ(nearest(std::string(100'000, 'x'), kKeys), "");
  EXPECT_EQ(nearest("route", {}), "");
}

TEST(SourceText, AcceptsUnicode) { EXPECT_FALSE(find_unreadable("aé€😀\u0085\t\r\n")); }

TEST(SourceText, FindsTheFirstByteThatIsNotText) {
  const std::array rows = {"ab\0"sv,           "ab\x04"sv,     "ab\x7f"sv,
                           "ab\xff"sv,         "ab\xc0\xaf"sv, "ab\xe0\x80"sv,
                           "ab\xed\xa0\x80"sv, "ab\xf5\x80"sv, "ab\xf0\x8f\xbf\xbf"sv,
                           "ab\xc3"sv};
  for (const auto row : rows) {
    const auto found = find_unreadable(row);
    ASSERT_TRUE(found) << quote(row);
    EXPECT_EQ(found->offset, 2U);
  }
}

TEST(SourceText, ColumnsCountCharacters) {
  EXPECT_EQ(position_after("é\n€x", 0, {1, 1}, 6), (Position{2, 2}));
  EXPECT_EQ(position_after("ab", 0, {1, 1}, 99), (Position{1, 3}));
}

struct CheckRow {
  bool (*check)(std::string_view);
  std::string_view name;
  std::vector<std::string_view> good;
  std::vector<std::string_view> bad;
};

TEST(Checks, TellWhatAKeyWants) {
  const std::string long_label(64, 'a');
  const std::string long_value(129, 'a');
  const std::array rows = {
      CheckRow{schema::is_guid,
               "guid",
               {"0123abcd-0123-abcd-0123-0123456789AB"},
               {"", "0123abcd-0123-abcd-0123-0123456789A", "0123abcd-0123-abcd-0123-0123456789AG",
                "0123abcd00123-abcd-0123-0123456789AB", "{0123abcd-0123-abcd-0123-0123456789A}"}},
      CheckRow{schema::is_guid_or_domain, "domain", {"contoso.onmicrosoft.com"}, {"contoso", "a..b", ".a.b", "a b.c"}},
      CheckRow{schema::is_host_pattern,
               "pattern",
               {"*.dynamics.com", "graph.microsoft.com", "localhost"},
               {"*", "*.", "a.*", "*a.com", "https://a.com", long_label}},
      CheckRow{schema::is_host_and_maybe_port,
               "host",
               {"a", "a.b:443", "127.0.0.1:0", "[::1]", "[::1]:80"},
               {"", ":80", "a:", "a:x", "a:65536", "::1", "[::1", "[::1]x", "[a]:1", "a/b", "-a"}},
      CheckRow{schema::is_listen_address,
               "listen",
               {":9365", "127.0.0.1:9365", "[::]:0", "localhost:1"},
               {"9365", "localhost", "", "localhost:", "localhost:99999"}},
      CheckRow{schema::is_https_url,
               "https",
               {"https://a", "https://a.b:1/c?d#e", "https://[::1]/"},
               {"http://a", "https://", "https:///a", "https://a b", "https://a:x", "a", "HTTPS//a"}},
      CheckRow{schema::is_http_url, "http", {"http://a", "https://u:p@a/x"}, {"ftp://a", "http://", "//a"}},
      CheckRow{schema::is_label_name, "label", {"a", "_a1"}, {"", "1a", "a-b", "é", "..."}},
      CheckRow{schema::is_label_value, "value", {"Contoso Größe", "a b"}, {"", "a\nb", long_value}},
      CheckRow{schema::is_header_name, "header", {"X-A2od-Signature"}, {"", "a b", "a:b", "a\n"}},
  };
  for (const auto& row : rows) {
    for (const auto text : row.good) EXPECT_TRUE(row.check(text)) << row.name << " " << text;
    for (const auto text : row.bad) EXPECT_FALSE(row.check(text)) << row.name << " " << text;
  }
}

}  // namespace
}  // namespace a2od
