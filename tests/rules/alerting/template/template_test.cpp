// Alert templates: the language, its functions, its limits, and what is refused.
#include "rules/alerting/template.hpp"

#include <gmock/gmock.h>

namespace a2od {
namespace {

using templates::Value;

std::string expand(std::string_view text, double value = 1.5) {
  const auto parsed = Template::parse(text);
  if (!parsed) return "refused: " + parsed.error().message;
  const TemplateData data{Value::strings({{"job", "crm"}, {"instance", "a:9090"}}), Value::strings({{"site", "x"}}),
                          value};
  templates::Environment environment;
  environment.external_url = "https://m.example.com/p/";
  environment.now = Timestamp(std::chrono::seconds(1'353'755'652));
  environment.query = [](std::string_view expression) -> Result<promql::Vector> {
    if (expression == "none") return promql::Vector{};
    if (expression == "bad") return failure("no such thing");
    return promql::Vector{{Labels{{"i", "b"}}, 21}, {Labels{{"i", "a"}, {"__value__", "v"}}, 11}};
  };
  return parsed->expand(data, environment);
}

struct Case {
  std::string_view text;
  std::string_view expected;
};

void expect_all(std::span<const Case> cases) {
  for (const Case& one : cases) EXPECT_EQ(expand(one.text), one.expected) << one.text;
}

TEST(Template, HasTheVariablesOfAlerts) {
  expect_all(std::to_array<Case>({
      {"plain", "plain"},
      {"{{ $labels.job }} {{ $labels.missing }}|", "crm |"},
      {"{{ $value }} {{ .Value }} {{ $.Value }}", "1.5 1.5 1.5"},
      {"{{ .Labels.job }} {{ $.Labels.job }}", "crm crm"},
      {"{{ $externalLabels.site }} {{ .ExternalLabels.site }}", "x x"},
      {"{{ $externalURL }} {{ externalURL }} {{ pathPrefix }}", "https://m.example.com/p/ https://m.example.com/p/ /p"},
      {"{{ $labels }}", "map[instance:a:9090 job:crm]"},
      {"{{ len $labels }}", "2"},
  }));
}

TEST(Template, FollowsGosControlStructures) {
  expect_all(std::to_array<Case>({
      {"{{ if gt $value 1.0 }}high{{ else }}low{{ end }}", "high"},
      {"{{ if lt $value 1.0 }}a{{ else if lt $value 2.0 }}b{{ else }}c{{ end }}", "b"},
      {"{{ if $labels.missing }}a{{ end }}", ""},
      {"{{ with $labels.job }}<{{ . }}>{{ else }}none{{ end }}", "<crm>"},
      {"{{ with $labels.missing }}<{{ . }}>{{ else }}none{{ end }}", "none"},
      {"{{ with $labels.a }}a{{ else with $labels.job }}{{ . }}{{ end }}", "crm"},
      {"{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}", "instance=a:9090;job=crm;"},
      {"{{ range query \"x\" }}{{ .Labels.i }}{{ .Value }} {{ end }}", "b21 a11 "},
      {"{{ range $i, $s := query \"x\" }}{{ $i }}{{ $s.Labels.i }} {{ end }}", "0b 1a "},
      {"{{ range query \"none\" }}x{{ else }}nothing{{ end }}", "nothing"},
      {"{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $y := 3 }}{{ $y }}{{ end }}{{ $x }}", "32"},
      {"{{ $x := 1 }}{{ if true }}{{ $x := 2 }}{{ end }}{{ $x }}", "1"},
      {"a {{- /* b */ -}} c", "ac"},
      {"a  {{- \" b \" -}}  c", "a b c"},
      {"{{/* nothing */}}x", "x"},
      {"{{ (query \"x\" | first).Labels.i }}", "b"},
      {"{{ $s := query \"x\" | first }}{{ $s.Value }}", "21"},
      {"{{ `raw \"text\"` }}{{ \"\\u00e9\\n\" }}{{ 'a' }}", "raw \"text\"\u00e9\n97"},
      {"{{ 0x1F }} {{ -3 }} {{ 1e3 }} {{ .5 }} {{ 1_000 }}", "31 -3 1000 0.5 1000"},
      {"{{ true }} {{ nil | print }}", "true <nil>"},
  }));
}

TEST(Template, ComparesAsGoDoes) {
  expect_all(std::to_array<Case>({
      {"{{ eq $labels.job \"x\" \"crm\" }}{{ ne 1 2 }}{{ le 1 1 }}{{ ge 2 3 }}", "truetruetruefalse"},
      {"{{ and 1 0 2 }} {{ or 0 \"\" 3 }} {{ not 0 }}", "0 3 true"},
      {"{{ and false (first (query \"none\")) }}", "false"},
      {"{{ eq 1 1.0 }}", "<error expanding template: eq: incompatible types for comparison: int and float64>"},
      {"{{ lt $value 2 }}", "<error expanding template: lt: incompatible types for comparison: float64 and int>"},
  }));
}

TEST(Template, HasTheFunctionsOfPrometheus) {
  expect_all(std::to_array<Case>({
      {"{{ humanize 1234567.0 }} {{ humanize 0.012 }} {{ humanize -1500 }}", "1.235M 12m -1.5k"},
      {"{{ humanize1024 1048576 }} {{ humanize1024 0.5 }}", "1Mi 0.5"},
      {"{{ humanizeDuration 90061 }} {{ humanizeDuration 0.0005 }} {{ humanizeDuration -90 }}",
       "1d 1h 1m 1s 500us -1m 30s"},
      {"{{ humanizePercentage 0.1234567 }}", "12.35%"},
      {"{{ humanizeTimestamp 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC"},
      {"{{ \"aa bb's CC\" | title }} {{ toUpper \"x\u00e9\" }} {{ toLower \"X\u00c9\" }}",
       "Aa Bb's CC X\u00c9 x\u00e9"},
      {"{{ match \"a+\" \"caat\" }}{{ match \"^a\" \"ca\" }}", "truefalse"},
      {"{{ reReplaceAll \"(.*):(\\\\d+)\" \"$2-${1}$$\" \"a:90\" }}", "90-a$"},
      {"{{ reReplaceAll \"x*\" \"-\" \"abc\" }}", "-a-b-c-"},
      {"{{ parseDuration \"1h30m\" }} {{ parseDuration \"-1m\" }}", "5400 -60"},
      {"{{ stripPort \"a:90\" }} {{ stripPort \"[::1]:90\" }} {{ stripDomain \"a.b.c:90\" }}", "a ::1 a:90"},
      {"{{ query \"x\" | sortByLabel \"i\" | first | label \"i\" }}", "a"},
      {"{{ query \"x\" | sortByLabel \"i\" | first | strvalue }}", "v"},
      {"{{ query \"x\" | first | value | printf \"%.1f\" }}", "21.0"},
      {"{{ index $labels \"job\" }}{{ (index (query \"x\") 1).Value }}", "crm11"},
      {"{{ print 1 2 \"a\" 3 }} {{ println \"a\" 1 }}", "1 2a3 a 1\n"},
      {"{{ urlquery \"a b&c\" }} {{ tableLink \"up\" }} {{ graphLink \"up\" }}",
       "a+b%26c /graph?g0.expr=up&g0.tab=1 /graph?g0.expr=up&g0.tab=0"},
      {"{{ safeHtml \"<b>\" }}{{ html \"<b>\" }}", "<b>&lt;b&gt;"},
      {"{{ now }}", "1.353755652e+09"},
  }));
}

TEST(Template, ReckonsWithTimesAndDurations) {
  expect_all(std::to_array<Case>({
      {"{{ toTime 1435065584.128 }}", "2015-06-23 13:19:44.128 +0000 UTC"},
      {"{{ $t := toTime 1435065584.128 }}{{ $t.Format \"Mon, 02 Jan 2006 03:04:05.00 PM MST -07:00 Z07:00 _2 002\" }}",
       "Tue, 23 Jun 2015 01:19:44.12 PM UTC +00:00 Z 23 174"},
      {"{{ (toTime 0).Format \"Janet 2006-1-2 15h .999 Monday\" }}", "Janet 1970-1-1 00h  Thursday"},
      {"{{ $t := toTime 1435065584 }}{{ $t.Year }} {{ $t.Month }} {{ $t.Weekday }} {{ $t.Unix }} {{ $t.UnixMilli }}",
       "2015 June Tuesday 1435065584 1435065584000"},
      {"{{ ((toTime 0).Add (toDuration 90)).Unix }} {{ toDuration 90 | (toTime 0).Add | print }}",
       "90 1970-01-01 00:01:30 +0000 UTC"},
      {"{{ (toTime 1435065584).AddDate 1 -6 30 }}", "2016-01-22 13:19:44 +0000 UTC"},
      {"{{ ((toTime 100).Sub (toTime 40)).Seconds }} {{ (toTime 1).Before (toTime 2) }}", "60 true"},
      {"{{ toDuration 5400 }} {{ toDuration 0.0015 }} {{ toDuration -61.5 }} {{ toDuration 0 }}",
       "1h30m0s 1.5ms -1m1.5s 0s"},
      {"{{ (toDuration 5400).Hours }} {{ (toDuration 1.5).Milliseconds }} {{ (toDuration 100).Round (toDuration 60) }}",
       "1.5 1500 2m0s"},
      {"{{ printf \"%s|%v\" (toDuration 60) (toTime 0) }}", "1m0s|1970-01-01 00:00:00 +0000 UTC"},
  }));
}

TEST(Template, CallsWhatIsDefinedInIt) {
  expect_all(std::to_array<Case>({
      {"{{ define \"job\" }}[{{ .arg0 }}/{{ $.arg1 }}]{{ end }}{{ template \"job\" (args $labels.job 7) }}", "[crm/7]"},
      {"{{ template \"x\" }}{{ define \"x\" }}{{ if . }}some{{ else }}none{{ end }}{{ end }}", "none"},
      {"{{ block \"name\" $labels.job }}<{{ . }}>{{ end }}{{ template \"name\" 1 }}", "<crm><1>"},
      {"{{ define \"down\" }}{{ template \"down\" . }}{{ end }}{{ template \"down\" 1 }}",
       "<error expanding template: templates execute each other more than 20 deep>"},
  }));
}

TEST(Template, LeavesRangesEarly) {
  expect_all(std::to_array<Case>({
      {"{{ range $i, $s := query \"x\" }}{{ if eq $i 1 }}{{ break }}{{ end }}{{ $i }}{{ end }}.", "0."},
      {"{{ range $i, $s := query \"x\" }}{{ if eq $i 0 }}{{ continue }}{{ end }}{{ $i }}{{ end }}.", "1."},
      {"{{ range query \"x\" }}{{ range query \"x\" }}a{{ break }}{{ end }}b{{ end }}", "abab"},
  }));
}

TEST(Template, CutsAndEscapes) {
  expect_all(std::to_array<Case>({
      {"{{ slice \"abcdef\" 1 3 }} {{ slice \"abc\" 2 }} {{ len (slice (query \"x\") 1) }}", "bc c 1"},
      {"{{ slice \"abc\" 4 }}", "<error expanding template: slice: index 4 is out of range of 3 elements>"},
      {"{{ js \"it's <b>\" }}", "it\\'s \\u003Cb\\u003E"},
      {"{{ $labels.job.Format \"x\" }}", "<error expanding template: Format: a string has no such method>"},
      {"{{ (toTime 0).Format }}", "<error expanding template: Format: needs arguments>"},
      {"{{ (toTime 0).Format \"1\" \"2\" }}", "<error expanding template: Format: takes 1 arguments, not 2>"},
      {"{{ toTime 1e300 }}",
       "<error expanding template: toTime: 1e+300 cannot be represented in nanoseconds since it "
       "overflows int64>"},
      {"{{ (toTime 9e9).AddDate 7800 0 0 }}", "<error expanding template: AddDate: the time is too far away>"},
      {"{{ $t := (toTime 9e9).AddDate 7700 0 0 }}{{ (($t.Add (toDuration 9e9)).Add (toDuration 9e9)) }}",
       "<error expanding template: Add: the time is too far away>"},
  }));
}

TEST(Template, PrintsAsGoDoes) {
  expect_all(std::to_array<Case>({
      {"{{ 1000000.0 }} {{ 123456.0 }} {{ 0.0001 }} {{ 0.00001 }}", "1e+06 123456 0.0001 1e-05"},
      {"{{ printf \"%d|%5d|%-5d|%05d|%+d|%x\" 7 7 7 7 7 255 }}", "7|    7|7    |00007|+7|ff"},
      {"{{ printf \"%s|%q|%5s|%.2s|%v|%t\" \"ab\" \"a\\\"b\" \"ab\" \"abc\" 1.5 true }}",
       "ab|\"a\\\"b\"|   ab|ab|1.5|true"},
      {"{{ printf \"%.2f|%e|%g|%6.1f|%%\" 1.005 1500.0 0.1 2.25 }}", "1.00|1.500000e+03|0.1|   2.2|%"},
      {"{{ printf \"%d\" 1.5 }} {{ printf \"%s\" }} {{ printf \"x\" 1 }}",
       "%!d(float64=1.5) %!s(MISSING) x%!(EXTRA int=1)"},
      {"{{ printf \"%9999d\" 1 }}", "%!(BADWIDTH)%!(EXTRA int=1)"},
  }));
}

TEST(Template, SaysWhatFailedInPlaceOfItsText) {
  expect_all(std::to_array<Case>({
      {"a {{ query \"none\" | first }}", "<error expanding template: first: the query result has no elements>"},
      {"{{ query \"bad\" }}", "<error expanding template: query: no such thing>"},
      {"{{ .Nothing }}", "<error expanding template: no field 'Nothing' in a record>"},
      {"{{ $value.x }}", "<error expanding template: no field 'x' in a float64>"},
      {"{{ title 1 }}", "<error expanding template: title: expected a string, found int>"},
      {"{{ index (query \"x\") 5 }}", "<error expanding template: index: index 5 is out of range of 2 elements>"},
      {"{{ range 5 }}{{ end }}", "<error expanding template: range cannot iterate over int>"},
  }));
}

TEST(Template, RefusesWhatItCannotDoWhenItIsParsed) {
  const Case kCases[] = {
      {"{{ nosuch 1 }}", "function 'nosuch' is not supported"},
      {"{{ humanise 1 }}", "did you mean 'humanize'?"},
      {"{{ $x }}", "undefined variable '$x'"},
      {"{{ if true }}{{ $x := 1 }}{{ end }}{{ $x }}", "undefined variable '$x'"},
      {"{{ $x = 1 }}", "undefined variable '$x'"},
      {"{{ if true }}{{ define \"x\" }}{{ end }}{{ end }}", "'define' must not stand inside"},
      {"{{ define \"x\" }}a{{ end }}{{ define \"x\" }}b{{ end }}", "\"x\" is defined twice"},
      {"{{ define \"x\" }}", "'define' has no end"},
      {"{{ define x }}{{ end }}", "needs the name of a template in quotes"},
      {"{{ define \"x\" }}{{ $labels.job }}{{ end }}", "undefined variable '$labels'"},
      {"{{ template \"x\" }}", "no template \"x\" is defined"},
      {"{{ break }}", "'break' outside of a range"},
      {"{{ range $labels }}{{ continue 1 }}{{ end }}", "'continue' stands alone"},
      {"{{ humanize }}", "takes 1 arguments, not 0"},
      {"{{ humanize 1 | humanize 2 }}", "takes 1 arguments, not 2"},
      {"{{ print humanize }}", "takes 1 arguments, not 0"},
      {"{{ .Labels.job humanize }}", "takes 1 arguments, not 0"},
      {"{{ $value 1 }}", "only a function can be given arguments"},
      {"{{ 1 | 2 }}", "only a function can be given arguments"},
      {"{{ }}", "an empty action"},
      {"{{ 1", "unclosed action"},
      {"{{ \"a }}", "unterminated quoted text"},
      {"{{ \"a\\", "unterminated quoted text"},
      {"{{ `a }}", "unterminated raw text"},
      {"{{/* a", "unclosed comment"},
      {"{{/* a */ b}}", "a comment must end right before }}"},
      {"{{ (1 }}", "unclosed parenthesis"},
      {"{{ 1) }}", "unexpected ')'"},
      {"{{ if 1 }}", "'if' has no end"},
      {"{{ if 1 }}{{ else }}{{ else }}{{ end }}", "'end' of 'if' was expected"},
      {"{{ end }}", "unexpected 'end'"},
      {"{{ if }}{{ end }}", "a value is missing"},
      {"{{ 1 | }}", "a value is missing"},
      {"{{ print 1\"a\" }}", "a space is missing"},
      {"{{ \"a\\z\" }}", "unknown escape"},
      {"{{ 1.2.3 }}", "bad number"},
      {"{{ # }}", "unexpected '#'"},
      {"{{\u00a01 }}", "a character that is not ASCII"},
  };
  for (const Case& one : kCases) EXPECT_THAT(expand(one.text), testing::HasSubstr(one.expected)) << one.text;
}

TEST(Template, ErrorsCarryTheByteWhereTheyStand) {
  const auto parsed = Template::parse("abc {{ if true }}{{ nosuch }}{{ end }}");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().offset, 20U);
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Template, NestsOnlySoDeep) {
  EXPECT_EQ(expand(repeated("{{ if true }}", 40) + "x" + repeated("{{ end }}", 40)), "x");
  EXPECT_THAT(expand(repeated("{{ if true }}", 4000) + repeated("{{ end }}", 4000)), testing::HasSubstr("nested more"));
  EXPECT_THAT(expand("{{ " + repeated("(", 4000) + "1" + repeated(")", 4000) + " }}"),
              testing::HasSubstr("nested more"));
  EXPECT_THAT(expand("{{ if 1 }}" + repeated("{{ else if 1 }}", 4000) + "{{ end }}"),
              testing::HasSubstr("nested more"));
}

TEST(Template, CannotGrowWithoutBound) {
  const std::string doubling = "{{ $x := \"0123456789\" }}" + repeated("{{ $x = print $x $x }}", 30) + "{{ $x }}";
  EXPECT_THAT(expand(doubling), testing::HasSubstr("a text of more than"));
  const std::string loops = repeated("{{ range $labels }}", 20) + "x" + repeated("{{ end }}", 20);
  EXPECT_THAT(expand(loops), testing::HasSubstr("error expanding template: more than"));
}

TEST(Template, KnowsWhetherItsTextIsFixed) {
  EXPECT_TRUE(Template::parse("page")->is_text());
  EXPECT_FALSE(Template::parse("{{ $value }}")->is_text());
  EXPECT_TRUE(Template::parse("{{ if true }}{{ range query \"x\" }}{{ end }}{{ end }}")->looks_around());
  EXPECT_TRUE(Template::parse("{{ print (now) }}")->looks_around());
  EXPECT_FALSE(Template::parse("{{ $value }}")->looks_around());
}

}  // namespace
}  // namespace a2od
