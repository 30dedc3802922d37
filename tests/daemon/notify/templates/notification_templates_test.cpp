#include "daemon/notify/templates/notification_templates.hpp"

#include "tests/daemon/notify/templates/templates_fixture.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace a2od {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// Files that are gone after the test.
class NotificationTemplateFiles : public testing::Test {
 protected:
  NotificationTemplateFiles() { std::filesystem::create_directories(folder_); }
  ~NotificationTemplateFiles() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }

 private:
  std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / testing::UnitTest::GetInstance()->current_test_info()->name();
};

std::string with(const std::vector<std::string>& files, std::string_view text) {
  const auto loaded = NotificationTemplates::load(files);
  return loaded ? shown(loaded->expand(text, message(), kExpandedAt)) : to_string(loaded.error().front());
}

TEST_F(NotificationTemplateFiles, LaterDefinitionsCount) {
  const auto first = file("a.tmpl", R"({{ define "slack.default.title" }}one{{ end }}{{ define "own" }}1{{ end }})");
  const auto second = file("b.tmpl", R"({{ define "own" }}two {{ template "slack.default.title" . }}{{ end }})");
  EXPECT_EQ(with({first, second}, R"({{ template "own" . }} {{ template "slack.default.fallback" . }})"),
            R"(two one one | http://am/#/alerts?receiver=team%5C.x)");
}

TEST_F(NotificationTemplateFiles, WhatIsBlankReplacesNothing) {
  const auto blank = file("a.tmpl", "{{ define \"slack.default.color\" }} \n{{/* nothing */}}{{ end }}");
  EXPECT_EQ(with({blank}, R"({{ template "slack.default.color" . }})"), "danger");
}

TEST_F(NotificationTemplateFiles, FaultsAreReportedTogetherWithTheirPlaces) {
  const auto loaded = NotificationTemplates::load(
      std::vector{file("a.tmpl", "{{ define \"x\" }}\n  {{ nope }}{{ end }}"), file("b.tmpl", "{{"),
                  file("c.tmpl", R"({{ define "later" }}{{ template "elsewhere" }}{{ end }})"), std::string("/none")});
  ASSERT_FALSE(loaded);
  std::vector<std::string> problems;
  for (const auto& problem : loaded.error()) problems.push_back(to_string(problem));
  EXPECT_THAT(problems, ElementsAre(HasSubstr("a.tmpl:2:6: function 'nope' is not supported"),
                                    HasSubstr("b.tmpl:1:1: unclosed action"), HasSubstr("/none: cannot be read")));
}

TEST_F(NotificationTemplateFiles, TextsMayRedefineForThemselves) {
  const auto own = file("a.tmpl", R"({{ define "own" }}file{{ end }})");
  EXPECT_EQ(with({own}, R"({{ define "own" }}text{{ end }}{{ template "own" }})"), "text");
}

TEST(NotificationTemplates, ChecksWithoutData) {
  const NotificationTemplates defaults;
  EXPECT_TRUE(defaults.check("{{ template \"__subject\" . }}{{ .Nothing }}"));
  EXPECT_EQ(defaults.check("a\n{{ nope }}").error().message, "2:4: function 'nope' is not supported");
  EXPECT_EQ(defaults.check("{{ template \"nope\" }}").error().message, "1:1: no template \"nope\" is defined");
}

TEST(NotificationTemplates, SayWhereAnExpansionFails) {
  EXPECT_EQ(expand("\n{{ .Nothing }}"), "error: 2:4: no field 'Nothing' in a template.Data");
  EXPECT_EQ(expand(R"({{ define "a" }}{{ .x }}{{ end }}{{ template "a" 1 }})"),
            "error: template \"a\": no field 'x' in a int");
  EXPECT_EQ(expand(R"({{ if eq .Status "x" }}{{ template "nope" }}{{ end }})"), "");
  EXPECT_EQ(expand(R"({{ template "nope" }})"), "error: 1:1: no template \"nope\" is defined");
}

TEST(NotificationTemplates, RecursionEnds) {
  EXPECT_THAT(expand(R"({{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }})"), HasSubstr("20 deep"));
  EXPECT_THAT(expand(R"({{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" . }}{{ end }})"
                     R"({{ template "a" . }})"),
              HasSubstr("20 deep"));
}

/// A loop of ten million rounds.
std::string often(const std::string& action) {
  return R"({{ $l := list 1 2 3 4 5 6 7 8 9 10 }}{{ $x := list }}{{ $s := "0123456789" }})"
         "{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}" +
         action + "{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}";
}

TEST(NotificationTemplates, AreBounded) {
  EXPECT_THAT(expand(often("")), HasSubstr("more than 2000000 steps"));
  EXPECT_THAT(expand(often(std::string(10'000, 'x'))), HasSubstr("more than 8388608 bytes of output"));
  EXPECT_THAT(expand(often("{{ $x = list $x }}")), HasSubstr("list: a value nested more than 50 deep"));
  EXPECT_THAT(expand(often("{{ $x = list $x $x }}")), HasSubstr("list: a value of more than 67108864 bytes"));
  EXPECT_THAT(expand(often("{{ $x = append $x 1 2 3 4 5 6 7 8 9 }}")), HasSubstr("more than"));
  EXPECT_THAT(expand(often("{{ $s = print $s $s }}")), HasSubstr("print: a text of more than 8388608 bytes"));
  EXPECT_THAT(expand(often("{{ $s = reReplaceAll \".\" \"$0$0\" $s }}")), HasSubstr("a text of more than 131072"));
}

TEST(NotificationTemplates, RouteLabelsAreTemplatesThemselves) {
  const auto data = message({{"plain", "p"},
                             {"of", "{{ .Status }}"},
                             {"nested", R"({{ routeLabels "of" }} and {{ routeLabels "plain" }})"},
                             {"wrong", "{{ nope }}"},
                             {"self", R"({{ routeLabels "self" }})"},
                             {"a", R"({{ routeLabels "b" }})"},
                             {"b", R"({{ routeLabels "a" }})"}});
  EXPECT_EQ(expand(R"({{ routeLabels "nested" }} {{ routeLabels "missing" }}|)", data), "firing and p |");
  EXPECT_THAT(expand(R"({{ routeLabels "wrong" }})", data), HasSubstr("'nope' is not supported"));
  EXPECT_THAT(expand(R"({{ routeLabels "self" }})", data), HasSubstr("'self' of the route asks for itself"));
  EXPECT_THAT(expand(R"({{ routeLabels "a" }})", data), HasSubstr("asks for itself"));
}

TEST(NotificationTemplates, RouteLabelsThatDoubleEachOtherAreExpandedOnceEach) {
  templates::Strings labels{{"0", ""}};
  for (int i = 1; i < 19; ++i) {
    const auto below = R"({{ routeLabels ")" + std::to_string(i - 1) + R"(" }})";
    labels.emplace(std::to_string(i), below + below);
  }
  EXPECT_EQ(expand(R"({{ routeLabels "18" }}|)", message(labels)), "|");
  for (int i = 19; i < 1000; ++i)
    labels.emplace(std::to_string(i), "{{ routeLabels \"" + std::to_string(i - 1) + "\" }}");
  EXPECT_THAT(expand(R"({{ routeLabels "999" }})", message(labels)), HasSubstr("20 deep"));
}

TEST(NotificationTemplates, EscapeHtmlUnlessItIsSafe) {
  const auto html = [](std::string_view text) {
    return shown(NotificationTemplates().expand_html(text, message(), kExpandedAt));
  };
  EXPECT_EQ(html("<i>{{ (index .Alerts 0).Annotations.summary }}</i>"), "<i>&lt;b&gt;&amp;</i>");
  EXPECT_EQ(html("{{ safeHtml \"<b>\" }}{{ html \"<\" }}{{ safeHtml \"<b>\" | toUpper }}"), "<b>&lt;&lt;B&gt;");
  EXPECT_EQ(html("{{ (index .Alerts 0).Annotations }}"), "summary=&lt;b&gt;&amp;");
  EXPECT_EQ(html("{{ define \"x\" }}{{ . }}{{ end }}{{ template \"x\" \"<\" }}"), "&lt;");
}

TEST(NotificationTemplates, TheMailLinksToTheWebOnly) {
  auto body = boost::json::parse(kBody);
  auto& alerts = body.as_object()["alerts"].as_array();
  alerts[1].as_object()["generatorURL"] = "javascript:alert(1)";
  const auto mail = shown(NotificationTemplates().expand_html(R"({{ template "email.default.html" . }})",
                                                              notification_data(body), kExpandedAt));
  EXPECT_THAT(mail, HasSubstr(R"(href="http://x/g?a=b&amp;c")"));
  EXPECT_THAT(mail, HasSubstr("Source: javascript:alert(1)"));
  EXPECT_THAT(mail, Not(HasSubstr(R"(href="javascript)")));
  EXPECT_THAT(mail, HasSubstr("&lt;b&gt;&amp;"));
  EXPECT_THAT(mail, HasSubstr("3 more are left out."));
  EXPECT_THAT(mail, Not(HasSubstr("<no value>")));
}

TEST(ThreadsOfNotificationTemplates, MayShareThem) {
  const NotificationTemplates shared;
  const auto data = message();
  const auto work = [&] {
    for (int i = 0; i < 50; ++i)
      (void)shared.expand(R"({{ template "__subject" . }}{{ (index .Alerts 0).StartsAt | tz "Europe/Paris" }})", data,
                          kExpandedAt);
  };
  std::jthread one(work);
  std::jthread other(work);
}

}  // namespace
}  // namespace a2od
