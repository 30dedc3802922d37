#include "collectors/cloud/paging.hpp"

#include "collectors/cloud/json.hpp"
#include "tests/collectors/cloud/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

using testing::HasSubstr;

Request request(Service service, std::string target, std::string body = "") {
  Request made;
  made.service = service;
  made.base = "https://host.test";
  made.target = std::move(target);
  made.body = std::move(body);
  made.headers = {{"Prefer", "odata.maxpagesize=2"}};
  return made;
}

Pager pager_of(const Request& first, PageLimits limits = {}) {
  return Pager(first, parse_url(first.base + first.target).value(), limits);
}

Reply<std::optional<Request>> next_of(Service service, const std::string& target, const std::string& page,
                                      const std::string& body = "") {
  auto pager = pager_of(request(service, target, body));
  return pager.take(parse_json(page).value());
}

std::string page_with(const std::string& key, const std::string& value) {
  return R"({"value":[],")" + key + R"(":")" + value + R"("})";
}

struct Spelling {
  std::string page;
  std::string target;
};

TEST(Paging, EverySpellingOfANextPageIsFollowed) {
  const std::string link = "https://host.test/x?$skiptoken=%3Ca%20b%3E+'c'";
  const Spelling rows[] = {{page_with("@odata.nextLink", link), "/x?$skiptoken=%3Ca%20b%3E+'c'"},
                           {page_with("@odata.nextlink", link), "/x?$skiptoken=%3Ca%20b%3E+'c'"},
                           {page_with("nextLink", link), "/x?$skiptoken=%3Ca%20b%3E+'c'"},
                           {page_with("continuationToken", "a+b/c="), "/list?limit=5&continuationToken=a%2Bb%2Fc%3D"},
                           {page_with("continuationtoken", "t"), "/list?limit=5&continuationtoken=t"}};
  for (const Spelling& row : rows) {
    const auto next = next_of(Service::power_platform, "/list?limit=5", row.page);
    ASSERT_TRUE(next && *next) << row.page;
    EXPECT_EQ((*next)->target, row.target);
    EXPECT_EQ((*next)->base, "https://host.test");
    EXPECT_EQ((*next)->headers.size(), 1U);
  }
}

TEST(Paging, AContinuationReplacesTheOneBeforeIt) {
  EXPECT_EQ(with_parameter("/list?continuationToken=1&limit=5", "continuationToken", "2"),
            "/list?limit=5&continuationToken=2");
  EXPECT_EQ(with_parameter("/list", "continuationToken", "2"), "/list?continuationToken=2");
}

TEST(Paging, AResourceQueryIsContinuedInItsBody) {
  const std::string query = R"({"TableName":"PowerPlatformResources","Options":{"Top":2}})";
  const auto next = next_of(Service::power_platform, "/resourcequery/resources/query",
                            R"({"data":[1,2],"resultTruncated":0,"skipToken":"abc"})", query);
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->body, R"({"TableName":"PowerPlatformResources","Options":{"Top":2,"SkipToken":"abc"}})");
  const auto last =
      next_of(Service::power_platform, "/q", R"({"data":[],"resultTruncated":1,"skipToken":"abc"})", query);
  ASSERT_TRUE(last);
  EXPECT_FALSE(*last);
}

TEST(Paging, TheLastPageHasNoLink) {
  for (const auto* page :
       {R"({"value":[1]})", R"({"value":[1],"@odata.nextLink":null})", R"({"value":[1],"@odata.nextLink":""})",
        R"({"objectResult":[1],"nextLink":null})", R"({"collection":[1]})"}) {
    const auto next = next_of(Service::graph, "/list", page);
    ASSERT_TRUE(next) << page;
    EXPECT_FALSE(*next) << page;
  }
}

struct Link {
  Service service;
  std::string link;
  std::string target;  ///< empty: refused
};

TEST(Paging, ALinkToAnotherHostIsRefused) {
  const Link rows[] = {{Service::dataverse, "https://evil.test/x", ""},
                       {Service::dataverse, "https://sub.host.test/x", ""},
                       {Service::dataverse, "https://host.test:444/x", ""},
                       {Service::dataverse, "https://host.test@evil.test/x", ""},
                       {Service::dataverse, "https://host.test.evil.test/x", ""},
                       {Service::dataverse, "http://host.test/x", ""},
                       {Service::dataverse, "//evil.test/x", ""},
                       {Service::dataverse, "javascript:alert(1)", ""},
                       {Service::dataverse, "HTTPS://HOST.test/x", "/x"},
                       {Service::dataverse, "https://host.test:443/x", "/x"},
                       {Service::dataverse, "/x?y", "/x?y"},
                       {Service::admin, "https://europe.host.test/x", "/x"},
                       {Service::admin, "https://evilhost.test/x", ""},
                       {Service::finance_operations, "https://internal.test/data/Batch?$skip=1", "/data/Batch?$skip=1"},
                       {Service::finance_operations, "https://internal.test/other", ""}};
  for (const Link& row : rows) {
    const auto next = next_of(row.service, "/list", page_with("nextLink", row.link));
    EXPECT_EQ(next.has_value(), !row.target.empty()) << row.link;
    if (!next) EXPECT_EQ(next.error().cause, Cause::malformed);
    if (next) EXPECT_EQ((*next)->target, row.target);
  }
}

TEST(Paging, FinanceAndOperationsPagesStayOnTheHostOfTheFirst) {
  const auto next = next_of(Service::finance_operations, "/data/A",
                            page_with("@odata.nextLink", "https://internal.test/data/A?$skip=1"));
  ASSERT_TRUE(next && *next);
  EXPECT_EQ((*next)->base, "https://host.test");
}

TEST(Paging, TheSamePageAgainIsAnError) {
  auto pager = pager_of(request(Service::dataverse, "/list"));
  const auto page = parse_json(page_with("nextLink", "https://host.test/list?2")).value();
  EXPECT_TRUE(pager.take(page));
  const auto again = pager.take(page);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, HasSubstr("read already"));
  EXPECT_FALSE(next_of(Service::dataverse, "/list", page_with("nextLink", "https://host.test/list")));
}

TEST(Paging, PagesAndItemsAreBounded) {
  auto pages = pager_of(request(Service::dataverse, "/list"), {.pages = 3, .items = 100, .bytes = 1});
  int taken = 0;
  while (taken < 10 && pages.take(parse_json(page_with("nextLink", "/list?" + std::to_string(taken))).value())) ++taken;
  EXPECT_EQ(taken, 2);
  auto items = pager_of(request(Service::dataverse, "/list"), {.pages = 3, .items = 2, .bytes = 1});
  EXPECT_FALSE(items.take(parse_json(R"({"value":[1,2,3]})").value()));
}

TEST(Paging, APageThatIsNoListIsAnError) {
  for (const auto* page : {"{}", "[]", "null", R"({"value":{}})", R"({"value":[],"nextLink":5})",
                           R"({"value":[],"continuationToken":{}})"})
    EXPECT_FALSE(next_of(Service::graph, "/list", page)) << page;
}

TEST(Paging, ItemsOfAllPagesAreInOrder) {
  auto pager = pager_of(request(Service::graph, "/list"));
  ASSERT_TRUE(pager.take(parse_json(R"({"value":[1,2],"nextLink":"/b"})").value()));
  ASSERT_TRUE(pager.take(parse_json(R"({"value":[3]})").value()));
  const auto items = pager.take_items();
  ASSERT_EQ(items.size(), 3U);
  EXPECT_EQ(items[2], 3);
}

TEST(Paging, ARecordedPageIsRead) {
  auto page = test::sample("dataverse/page_maxpagesize_page1.json");
  if (!page) GTEST_SKIP() << "no recorded bodies beside this working copy";
  // The documentation has a placeholder where the address was.
  const std::string placeholder = "[Organization URI]";
  for (auto at = page->find(placeholder); at != std::string::npos; at = page->find(placeholder))
    page->replace(at, placeholder.size(), "https://host.test");
  const auto next = next_of(Service::dataverse, "/api/data/v9.2/contacts?$select=fullname", *page);
  ASSERT_TRUE(next && *next) << next.error().message;
  EXPECT_THAT((*next)->target, HasSubstr("$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie"));
}

}  // namespace
}  // namespace a2od::cloud
