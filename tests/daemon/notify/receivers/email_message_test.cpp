#include "daemon/notify/receivers/email_message.hpp"

#include "config/utf8.hpp"
#include "daemon/notify/receivers/email_address.hpp"
#include "daemon/notify/receivers/smtp_transcript.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<Mailbox> mailboxes(std::string_view text) {
  const auto parsed = parse_mailboxes(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return parsed.value_or(std::vector<Mailbox>{});
}

TEST(EmailAddress, ListsAsPeopleWriteThem) {
  EXPECT_THAT(mailboxes("ops@contoso.com, Jane Doe <jane.doe@contoso.com>,\r\n \"Doe, \\\"J\\\"\" <j@x.example>,"),
              ElementsAre(Mailbox{"", "ops@contoso.com"}, Mailbox{"Jane Doe", "jane.doe@contoso.com"},
                          Mailbox{"Doe, \"J\"", "j@x.example"}));
  EXPECT_THAT(mailboxes("<ops@contoso.com> (the (whole) team)"), ElementsAre(Mailbox{"", "ops@contoso.com"}));
  EXPECT_THAT(mailboxes("Jürgen <j@contoso.com>"), ElementsAre(Mailbox{"Jürgen", "j@contoso.com"}));
  EXPECT_THAT(mailboxes("\"on call\"@[192.0.2.1]"), ElementsAre(Mailbox{"", "\"on call\"@[192.0.2.1]"}));
  EXPECT_THAT(mailboxes(" , "), ElementsAre());
}

TEST(EmailAddress, WhatIsNoneIsRefused) {
  for (const auto* text :
       {"ops", "ops@", "@contoso.com", "ops@contoso.com jane@contoso.com", "a..b@contoso.com", ".a@b.c", "a@b..c",
        "<a@b.c", "a@b.c>", "\"a", "jürgen@contoso.com", "a@contoso.com>\r\nDATA", "a@b c", "<a@b\r\nRCPT TO:<x@y.z>>",
        "team: a@b.c;", "a@b.c\n b@c.d", "\"a\r\nb\"@c.d", "a b@c.d"}) {
    EXPECT_FALSE(parse_mailboxes(text)) << text;
  }
  EXPECT_FALSE(parse_mailboxes(std::string(65, 'a') + "@b.c"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a@b.c,";
  EXPECT_FALSE(parse_mailboxes(many));
}

TEST(SmtpTranscript, WhatTheServerSaysIsBoundedAfterItWasMendedToo) {
  SmtpTranscript transcript;
  transcript.received("550 5.1.1 " + std::string(500, '\xFF'));
  EXPECT_EQ(transcript.enhanced_status(), "5.1.1");
  EXPECT_EQ(transcript.text().size(), 198U) << "whole characters of 3 bytes in at most 200";
  EXPECT_TRUE(is_valid_utf8(transcript.text()));
}

Email some_email() {
  return {.from = "a2od <a2od@contoso.com>",
          .to = "ops@contoso.com",
          .headers = {{"Subject", "Down"}},
          .text = "It is down.",
          .date = Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27) + std::chrono::seconds(3661))};
}

std::vector<std::string> headers(const Email& email) {
  const auto composed = compose(email);
  EXPECT_TRUE(composed) << composed.error().message;
  return composed ? composed->headers : std::vector<std::string>();
}

std::string header(const Email& email, std::string_view name) {
  for (const auto& line : headers(email))
    if (line.starts_with(name)) return line.substr(name.size() + 2);
  return "absent";
}

std::string subject(std::string text) {
  auto email = some_email();
  email.headers = {{"Subject", std::move(text)}};
  return header(email, "Subject");
}

TEST(EmailMessage, HasWhatAMailNeeds) {
  EXPECT_THAT(headers(some_email()), ElementsAre("Subject: Down", "From: a2od <a2od@contoso.com>",
                                                 "To: ops@contoso.com", "Date: Fri, 27 Nov 2026 01:01:01 +0000",
                                                 testing::MatchesRegex("Message-Id: <[0-9a-f]{32}@contoso.com>")));
}

TEST(EmailMessage, HeadersReplaceDefaultsButNotTheEnvelope) {
  auto email = some_email();
  email.headers = {{"to", "Everybody <all@contoso.com>"}, {"X-Team", "ops"},
                   {"TO", "second@contoso.com"},          {"Bcc", "boss@contoso.com"},
                   {"Content-Type", "text/plain"},        {"X-Empty", " "}};
  const auto composed = compose(email);
  ASSERT_TRUE(composed);
  EXPECT_THAT(composed->recipients, ElementsAre("ops@contoso.com"));
  EXPECT_THAT(composed->headers, AllOf(Contains("to: Everybody <all@contoso.com>"), Contains("X-Team: ops"),
                                       Each(Not(HasSubstr("second"))), Each(Not(HasSubstr("boss"))),
                                       Each(Not(StartsWith("Content-Type"))), Each(Not(StartsWith("X-Empty")))));
}

TEST(EmailMessage, NothingEndsAHeader) {
  EXPECT_EQ(subject("Down\r\nBcc: all@contoso.com\r\n\r\n<script>"), "Down  Bcc: all@contoso.com    <script>");
  EXPECT_EQ(subject(std::string("a\0b\x7F\x1B", 5)), "a b");
  auto email = some_email();
  email.headers = {{"To", "x\r\nBcc: all@contoso.com"}};
  EXPECT_EQ(header(email, "To"), "x  Bcc: all@contoso.com");
  email.headers = {{"Bad name", "x"}};
  EXPECT_FALSE(compose(email));
  email.headers = {{"X:\r\nY", "x"}};
  EXPECT_FALSE(compose(email));
  email = some_email();
  email.message_id = "a>\r\nBcc: all";
  EXPECT_EQ(header(email, "Message-Id"), "<a>  Bcc: all>");
}

TEST(EmailMessage, WhatIsNotAsciiBecomesEncodedWords) {
  EXPECT_EQ(subject("Größe: 5 €"), "=?UTF-8?Q?Gr=C3=B6=C3=9Fe=3A_5_=E2=82=AC?=");
  EXPECT_EQ(subject("\xFF"), "=?UTF-8?Q?=EF=BF=BD?=");
  EXPECT_EQ(subject("=?UTF-8?Q?forged?="), "=?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fforged=3F=3D?=");
  auto email = some_email();
  email.to = "Jürgen <j@contoso.com>, \"Doe, Jane\" <jane@contoso.com>, k@contoso.com";
  EXPECT_EQ(header(email, "To"),
            "=?UTF-8?Q?J=C3=BCrgen?= <j@contoso.com>,\r\n \"Doe, Jane\" <jane@contoso.com>,\r\n k@contoso.com");
}

/// The lines of a header with its name before the first.
std::vector<std::string> lines(std::string value) {
  value.insert(0, "Subject: ");
  std::vector<std::string> out;
  for (auto end = value.find("\r\n"); end != std::string::npos; end = value.find("\r\n")) {
    out.push_back(value.substr(0, end));
    value.erase(0, end + 2);
  }
  out.push_back(value);
  return out;
}

TEST(EmailMessage, LongHeadersAreFolded) {
  std::string words;
  std::string umlauts;
  for (int i = 0; i < 60; ++i) words += "word ";
  for (int i = 0; i < 200; ++i) umlauts += "ä";
  const auto short_enough = testing::SizeIs(testing::Le(78U));
  EXPECT_THAT(lines(subject(words)), AllOf(Each(short_enough), testing::SizeIs(testing::Gt(3U))));
  EXPECT_THAT(lines(subject(umlauts)), AllOf(Each(short_enough), testing::SizeIs(testing::Gt(10U))));
  EXPECT_THAT(lines(subject(std::string(5000, 'x'))), Each(short_enough));
  auto unfolded = subject(words);
  for (auto at = unfolded.find("\r\n"); at != std::string::npos; at = unfolded.find("\r\n")) unfolded.erase(at, 2);
  EXPECT_EQ(unfolded + " ", words);
}

TEST(EmailMessage, TheSameMailHasTheSameId) {
  auto other = some_email();
  EXPECT_EQ(header(some_email(), "Message-Id"), header(other, "Message-Id"));
  other.text = "It is up.";
  EXPECT_NE(header(some_email(), "Message-Id"), header(other, "Message-Id"));
  other.message_id = "17@a2od.contoso.com";
  EXPECT_EQ(header(other, "Message-Id"), "<17@a2od.contoso.com>");
}

TEST(EmailMessage, MailsOfOneThreadNameOneRoot) {
  EXPECT_EQ(header(some_email(), "References"), "absent");
  auto first = some_email();
  first.thread = "{}:{alertname=\"Down\"}";
  auto second = first;
  second.text = "It is up.";
  EXPECT_EQ(header(first, "References"), header(second, "References"));
  EXPECT_EQ(header(first, "References"), header(first, "In-Reply-To"));
}

TEST(EmailMessage, LinesOfTheBodyEndAsMailHasThem) {
  auto email = some_email();
  email.text = "a\nb\r\nc\rd";
  EXPECT_EQ(compose(email)->text, "a\r\nb\r\nc\r\nd");
}

TEST(EmailMessage, NeedsOneSenderAndSomeRecipient) {
  auto email = some_email();
  email.from = "a@contoso.com, b@contoso.com";
  EXPECT_EQ(compose(email).error().message, "from: found 2 addresses, expected one");
  email = some_email();
  email.to = " ";
  EXPECT_EQ(compose(email).error().message, "to: found no address, expected at least one");
}

TEST(EmailMessage, ARecipientIsNamedOnce) {
  auto email = some_email();
  email.to = "ops@contoso.com, Ops <ops@contoso.com>";
  EXPECT_THAT(compose(email)->recipients, ElementsAre("ops@contoso.com"));
}

}  // namespace
}  // namespace a2od
