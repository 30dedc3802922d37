// Documents: what YAML means here, what is refused, and where everything stands.
#include "config/document.hpp"

#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

namespace a2od {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Node root_of(std::string_view text) {
  const auto document = parse_document("test.yaml", text);
  if (!document) ADD_FAILURE() << to_string(document.error().front());
  return document ? document->root : Node();
}

std::vector<std::string> problems_of(std::string_view text) {
  std::vector<std::string> lines;
  const auto document = parse_document("f", text);
  for (const auto& problem : document ? document->problems : document.error()) lines.push_back(to_string(problem));
  return lines;
}

std::vector<std::string> keys_of(const Node& node) {
  std::vector<std::string> keys;
  for (const auto& entry : node.entries()) keys.push_back(entry.key);
  return keys;
}

/// Where the first `needle` in the text of a key's value stands.
Position position_in(std::string_view text, std::string_view key, std::string_view needle) {
  const auto root = root_of(text);
  const auto* value = root.find(key);
  return value == nullptr ? Position{} : value->position_of(value->text().find(needle));
}

TEST(Document, KeepsTheOrderOfKeys) { EXPECT_THAT(keys_of(root_of("b: 1\na: 2\nc: 3")), ElementsAre("b", "a", "c")); }

TEST(Document, AnEmptyFileIsNull) {
  EXPECT_EQ(root_of("").kind(), Node::Kind::null);
  EXPECT_EQ(root_of("# only a comment\n").kind(), Node::Kind::null);
  EXPECT_EQ(Node().kind(), Node::Kind::null);
}

TEST(Document, TellsQuotedFromPlain) {
  const auto root = root_of("a: 010\nb: '010'\nc: \"x\"\nd: |\n  x\ne: !!str 1\nf: &x yes\ng: *x\nh: &y 'z'");
  for (const auto* key : {"a", "f", "g"}) EXPECT_FALSE(root.find(key)->quoted()) << key;
  for (const auto* key : {"b", "c", "d", "e", "h"}) EXPECT_TRUE(root.find(key)->quoted()) << key;
  EXPECT_EQ(root.find("a")->text(), "010");
}

TEST(Document, NullIsNoText) {
  const auto root = root_of("a:\nb: ~\nc: null\nd: ''\ne: 'null'");
  for (const auto* key : {"a", "b", "c"}) EXPECT_EQ(root.find(key)->kind(), Node::Kind::null) << key;
  for (const auto* key : {"d", "e"}) EXPECT_EQ(root.find(key)->kind(), Node::Kind::scalar) << key;
}

TEST(Document, PositionsCountFromOne) {
  const auto root = root_of("a: 1\nbé: [x, {y: z}]\nc: &n !!str v\n");
  EXPECT_EQ(root.position(), (Position{1, 1}));
  EXPECT_EQ(root.entries()[1].position, (Position{2, 1}));
  EXPECT_EQ(root.find("bé")->position(), (Position{2, 5}));
  EXPECT_EQ(root.find("bé")->items()[1].find("y")->position(), (Position{2, 13}));
  EXPECT_EQ(root.find("c")->position(), (Position{3, 13}));
}

TEST(Document, AnEmptyValueStandsAtItsKey) {
  EXPECT_EQ(root_of("a: 1\nb:\n\nc: 2").find("b")->position(), (Position{2, 1}));
}

TEST(Document, AByteOrderMarkAndWindowsLineEndsAreNoText) {
  const auto root = root_of(
      "\xEF\xBB\xBF"
      "a: x\r\nb: |\r\n  y\r\n  z\r\n");
  EXPECT_EQ(root.find("a")->position(), (Position{1, 4}));
  EXPECT_EQ(root.find("b")->text(), "y\nz\n");
  EXPECT_EQ(root.find("b")->position_of(2), (Position{4, 3}));
}

TEST(Document, AliasesStandForTheirAnchor) {
  const auto root = root_of("a: &x [1, 2]\nb: *x");
  EXPECT_EQ(root.find("b")->items().size(), 2U);
  EXPECT_EQ(root.find("b")->position(), (Position{1, 7}));
}

TEST(Merge, KeysBesideItWinWhereverTheyStand) {
  const auto root = root_of("base: &b {x: 1, y: 2}\nv:\n  y: own\n  <<: *b\nw:\n  <<: *b\n  x: own\n");
  EXPECT_EQ(root.find("v")->find("y")->text(), "own");
  EXPECT_EQ(root.find("v")->find("x")->text(), "1");
  EXPECT_EQ(root.find("w")->find("x")->text(), "own");
  EXPECT_THAT(keys_of(*root.find("w")), ElementsAre("x", "y"));
}

TEST(Merge, OfAListTakesTheFirstThatHasAKey) {
  const auto root = root_of("v: {<<: [{x: 1}, {x: 2, y: 2}]}");
  EXPECT_EQ(root.find("v")->find("x")->text(), "1");
  EXPECT_EQ(root.find("v")->find("y")->text(), "2");
}

TEST(Merge, OfMergedMappingsReachesThrough) {
  EXPECT_EQ(root_of("a: &a {x: 1}\nb: &b {<<: *a}\nc: {<<: *b}").find("c")->find("x")->text(), "1");
}

TEST(Merge, QuotedItIsAKeyLikeAnyOther) { EXPECT_THAT(keys_of(root_of("'<<': 1")), ElementsAre("<<")); }

TEST(Merge, RefusesWhatIsNoMapping) {
  EXPECT_THAT(problems_of("<<: 1"), ElementsAre(HasSubstr("f:1:5: '<<' merges a mapping or a list of mappings")));
  EXPECT_THAT(problems_of("<<: [{a: 1}, 2]"), ElementsAre(HasSubstr("'<<' merges")));
}

TEST(Document, ReportsEveryDuplicateKeyAndBadKeyAtOnce) {
  EXPECT_THAT(problems_of("a: 1\nb: {c: 1, c: 2}\na: 3\n? [x]\n: 1\n~: 2\n"),
              ElementsAre("f:2:11: key 'c' is given twice, first in line 2; expected it once",
                          "f:3:1: key 'a' is given twice, first in line 1; expected it once",
                          "f:4:3: a key must be text, found a list or a mapping",
                          "f:6:1: a key may not be null, write it in quotes"));
}

TEST(Document, ASyntaxErrorHasAPositionAndAdvice) {
  EXPECT_THAT(problems_of("a: 1\nb: c: d"), ElementsAre("f:2:5: not valid YAML: illegal map value; quote a text that "
                                                        "contains ': ', and check the indentation"));
  EXPECT_THAT(problems_of("a: [1, 2"), ElementsAre(HasSubstr("f:1:9: not valid YAML")));
  EXPECT_THAT(problems_of("a: @x"), ElementsAre(HasSubstr("f:1:4: not valid YAML: unknown token")));
}

TEST(Document, TheNameOfAnUnknownAnchorMayBeASecret) {
  EXPECT_THAT(problems_of("password: *hunter2"), ElementsAre(Not(HasSubstr("hunter2"))));
}

TEST(Document, RefusesASecondDocument) {
  EXPECT_THAT(problems_of("a: 1\n---\nb: 1\n"), ElementsAre(HasSubstr("f:2:1: a second document begins")));
  EXPECT_TRUE(problems_of("---\na: 1\n...\n").empty());
}

TEST(Document, RefusesUnknownTags) {
  EXPECT_THAT(problems_of("a: !binary x\nb: !!int 1"), ElementsAre(HasSubstr("f:1:12: unknown tag")));
}

TEST(Document, RefusesBytesThatAreNoText) {
  EXPECT_THAT(problems_of("a: 1\nb: \xff"), ElementsAre(HasSubstr("f:2:4: byte that is not UTF-8")));
  EXPECT_THAT(problems_of(std::string_view("a: \0", 4)), ElementsAre(HasSubstr("f:1:4: control character 0")));
}

std::string repeat(std::string_view part, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += part;
  return text;
}

TEST(Document, RefusesAnAliasBomb) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const auto before = "*a" + std::to_string(i - 1) + ", ";
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + repeat(before, 10) + "]\n";
  }
  EXPECT_THAT(problems_of(bomb), ElementsAre(HasSubstr("over 1000000 values after aliases are followed")));
}

TEST(Document, RefusesAMergeBomb) {
  std::string bomb = "a: &a {";
  for (int i = 0; i < 2'000; ++i) bomb += "k" + std::to_string(i) + ": 1, ";
  bomb += "}\nb: {<<: [" + repeat("*a, ", 2'000) + "]}\n";
  EXPECT_THAT(problems_of(bomb), ElementsAre(HasSubstr("over 1000000 values")));
}

TEST(Document, RefusesAnAliasToWhatContainsIt) {
  EXPECT_THAT(problems_of("a: &a [1, *a]"), ElementsAre("f:1:11: alias to a value that contains it"));
}

TEST(Document, IsRefusedOverAHundredLevels) {
  EXPECT_TRUE(problems_of(repeat("[", 100) + repeat("]", 100)).empty());
  EXPECT_THAT(problems_of(repeat("[", 101) + repeat("]", 101)), ElementsAre(HasSubstr("deeper than 100 levels")));
  EXPECT_THAT(problems_of(repeat("- ", 100'000) + "x"), ElementsAre(HasSubstr("deeper than 100 levels")));
}

TEST(Document, DepthIsCountedThroughAliases) {
  const auto half = "a: &a " + repeat("[", 60) + repeat("]", 60) + "\nb: ";
  EXPECT_TRUE(problems_of(half + repeat("[", 39) + "*a" + repeat("]", 39)).empty());
  EXPECT_THAT(problems_of(half + repeat("[", 40) + "*a" + repeat("]", 40)),
              ElementsAre(HasSubstr("deeper than 100 levels")));
}

TEST(Document, RefusesAValueThatYamlCppWouldTakeGigabytesFor) {
  EXPECT_THAT(problems_of(repeat("[", 1'200'000)), ElementsAre(HasSubstr("over 1 MiB")));
  EXPECT_THAT(problems_of("a: '" + repeat("x", 1'200'000) + "'"), ElementsAre(HasSubstr("over 1 MiB")));
  EXPECT_TRUE(problems_of("a: '" + repeat("x", 1'000'000) + "'").empty());
}

TEST(Document, ReadsManyBlocksThatTogetherAreLarge) {
  EXPECT_TRUE(problems_of(repeat("- some: value of a block sequence\n", 40'000)).empty());
}

TEST(Document, RefusesAFileThatIsTooLargeOrNoFile) {
  EXPECT_THAT(problems_of(std::string((16U << 20U) + 1, '#')), ElementsAre("f: over 16 MiB, expected a smaller file"));
  const TemporaryFolder folder;
  EXPECT_EQ(read_document("/nowhere/f").error().front().message, "no such file");
  EXPECT_EQ(read_document(folder.path().string()).error().front().message, "is a folder, expected a YAML file");
  EXPECT_TRUE(read_document(folder.write("f.yaml", "a: 1")));
}

struct PositionRow {
  std::string_view name;
  std::string_view text;
  Position where;  ///< of the '%' in the value of `k`
};

constexpr PositionRow kPositions[] = {
    {"Plain", "k: ab %", {1, 7}},
    {"PlainFolded", "k: ab  \n\n   cd %\n", {3, 7}},
    {"SingleQuoted", "k: 'it''s %'", {1, 11}},
    {"SingleQuotedFolded", "k: 'a  \n\n    b''c %'", {3, 10}},
    {"DoubleQuoted", R"(k: "a\n\x41\u00e9\U0001F600\N\L\" %")", {1, 33}},
    {"DoubleQuotedFolded", "k: \"a   b  \n   c \\\n   \\ d %\"", {3, 8}},
    {"Literal", "k: |\n  a\n\n   b\n  c %\n", {5, 5}},
    {"LiteralStripped", "k: |-\n  a\n  %", {3, 3}},
    {"LiteralKept", "k: |+\n  a\n  %\n\n\n", {3, 3}},
    {"LiteralIndented", "k: |2\n    a\n  b %\n", {3, 5}},
    {"LiteralWithHeaderComment", "k: | # why\n\n  a\n  %\n", {4, 3}},
    {"LiteralInASequence", "k: &x |\n - a\n - é%\n", {3, 5}},
    {"Folded", "k: >\n  a\n  b\n\n  c %\n", {5, 5}},
    {"FoldedWithMoreIndentedLines", "k: >-\n  a\n    b\n    c\n\n  d %\n", {6, 5}},
    {"FoldedFirstLineEmpty", "k: >2-\n\n     a\n  b %\n", {4, 5}},
    {"WindowsLineEnds", "k: >\r\n  a\r\n\r\n  b %\r\n", {4, 5}},
};

class DocumentPosition : public testing::TestWithParam<PositionRow> {};

TEST_P(DocumentPosition, OfAByteIsWhereItWasWritten) {
  EXPECT_EQ(position_in(GetParam().text, "k", "%"), GetParam().where);
}

INSTANTIATE_TEST_SUITE_P(Styles, DocumentPosition, testing::ValuesIn(kPositions),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(DocumentPosition, BehindTheTextIsItsEnd) {
  EXPECT_EQ(root_of("k: abc").find("k")->position_of(3), (Position{1, 7}));
  EXPECT_EQ(root_of("k: abc").find("k")->position_of(1'000), (Position{1, 7}));
  EXPECT_EQ(root_of("k: ''").find("k")->position_of(0), (Position{1, 4}));
  EXPECT_EQ(root_of("k: [1]").find("k")->position_of(5), (Position{1, 4}));
}

}  // namespace
}  // namespace a2od
