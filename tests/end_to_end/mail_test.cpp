// Mail to a real server: Debian's Exim, with TLS and authentication.
#include "daemon/notify/receivers/smtp.hpp"
#include "tests/collectors/cloud/certificates.hpp"
#include "tests/end_to_end/mail_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

SmtpServer account_at(const MailServer& server) {
  return {.host = "127.0.0.1",
          .port = server.port,
          .username = "a2od",
          .password = Secret("right"),
          .ca_file = server.ca_file.string()};
}

Email some_email(std::string to = "operations@contoso.com") {
  return {.from = "a2od <a2od@contoso.com>",
          .to = std::move(to),
          .headers = {{"Subject", "[FIRING:1] Größe"}},
          .text = "Größe: 5 €\n.\nFrom here\n",
          .html = "<p>Größe: 5 €</p>"};
}

TEST(Mail, IsTakenOverTlsFromWhoAuthenticated) {
  MailServer server("taken", {});
  ASSERT_TRUE(server.listens()) << server.log();
  const auto result = send_email(account_at(server), some_email("operations@contoso.com, Boss <boss@contoso.com>"), {});
  ASSERT_EQ(classify(result), Verdict::delivered) << result.error << server.log();

  const auto taken = server.taken();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_THAT(
      taken.front().envelope,
      AllOf(HasSubstr("<a2od@contoso.com>"), HasSubstr("\noperations@contoso.com\n"), HasSubstr("\nboss@contoso.com\n"),
            HasSubstr("-tls_ver TLS1.3"), HasSubstr("-host_auth_pubname PLAIN"),
            HasSubstr("Subject: =?UTF-8?Q?=5BFIRING=3A1=5D_Gr=C3=B6=C3=9Fe?="),
            HasSubstr("From: a2od <a2od@contoso.com>"), HasSubstr("Content-Type: multipart/alternative; boundary="),
            HasSubstr("Mime-Version: 1.0"), HasSubstr("Message-Id: <"), HasSubstr("Date: ")));
  EXPECT_THAT(
      taken.front().body,
      AllOf(HasSubstr("Content-Type: text/plain; charset=UTF-8"), HasSubstr("Content-Type: text/html; charset=UTF-8"),
            HasSubstr("Content-Transfer-Encoding: quoted-printable"),
            HasSubstr("Gr=C3=B6=C3=9Fe: 5 =E2=82=AC\n.\nFrom here\n"), HasSubstr("<p>Gr=C3=B6=C3=9Fe")));
}

TEST(Mail, AuthenticatesInEachWayThatTheServerKnows) {
  for (const std::string mechanism : {"PLAIN", "LOGIN", "CRAM-MD5"}) {
    MailServer server("by_" + mechanism, {.mechanisms = mechanism});
    ASSERT_TRUE(server.listens()) << server.log();
    auto account = account_at(server);
    account.cram_md5_secret = Secret("hidden");
    const auto result = send_email(account, some_email(), {});
    EXPECT_EQ(classify(result), Verdict::delivered) << result.error;
    ASSERT_THAT(server.taken(), SizeIs(1)) << mechanism;
    EXPECT_THAT(server.taken().front().envelope, HasSubstr("-host_auth_pubname " + mechanism));
  }
}

TEST(Mail, GoesOverTlsFromTheFirstByte) {
  MailServer server("implicit", {.from_the_first_byte = true});
  ASSERT_TRUE(server.listens()) << server.log();
  auto account = account_at(server);
  account.implicit_tls = true;
  const auto result = send_email(account, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::delivered) << result.error;
  EXPECT_THAT(server.taken(), SizeIs(1));
}

TEST(Mail, AWrongPasswordIsTheOperatorsMatter) {
  MailServer server("wrong_password", {});
  ASSERT_TRUE(server.listens()) << server.log();
  auto account = account_at(server);
  account.password = Secret("hunter2");
  const auto result = send_email(account, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(result.error, AllOf(HasSubstr("answered 535 to AUTH"), Not(HasSubstr("hunter2"))));

  account.username.clear();
  const auto anonymous = send_email(account, some_email(), {});
  EXPECT_EQ(classify(anonymous), Verdict::misconfigured);
  EXPECT_THAT(anonymous.error, HasSubstr("relay not permitted"));
  EXPECT_THAT(server.taken(), IsEmpty());
}

TEST(Mail, AServerWithoutTlsGetsNoneUnlessThatIsAllowed) {
  MailServer server("no_tls", {.tls = MailServer::Tls::not_offered});
  ASSERT_TRUE(server.listens()) << server.log();
  auto account = account_at(server);
  const auto refused = send_email(account, some_email(), {});
  EXPECT_EQ(classify(refused), Verdict::misconfigured);
  EXPECT_THAT(refused.error, HasSubstr("STARTTLS"));
  EXPECT_THAT(server.taken(), IsEmpty());

  account.require_tls = false;
  EXPECT_EQ(classify(send_email(account, some_email(), {})), Verdict::delivered);
}

TEST(Mail, ACertificateOfAnotherAuthorityOrNameIsNotTrusted) {
  MailServer server("other_authority", {});
  ASSERT_TRUE(server.listens()) << server.log();
  const test::TemporaryFile other(test::make_authority("somebody else").certificate);
  auto account = account_at(server);
  account.ca_file = other.path();
  const auto stranger = send_email(account, some_email(), {});
  EXPECT_EQ(classify(stranger), Verdict::misconfigured);
  EXPECT_THAT(stranger.error, HasSubstr("not trusted"));

  account = account_at(server);
  account.server_name = "mail.contoso.com";
  const auto misnamed = send_email(account, some_email(), {});
  EXPECT_EQ(classify(misnamed), Verdict::misconfigured);
  EXPECT_THAT(misnamed.error, HasSubstr("mail.contoso.com"));

  account.host = "localhost";
  account.server_name = "127.0.0.1";
  EXPECT_EQ(classify(send_email(account, some_email(), {})), Verdict::delivered);

  account.ca_file = "/nowhere/ca.pem";
  const auto missing = send_email(account, some_email(), {});
  EXPECT_EQ(classify(missing), Verdict::misconfigured);
  EXPECT_THAT(missing.error, HasSubstr("/nowhere/ca.pem"));
  EXPECT_THAT(server.taken(), SizeIs(1));
}

TEST(Mail, WhoIsUnknownKeepsItFromNobodyElse) {
  MailServer server("unknown", {});
  ASSERT_TRUE(server.listens()) << server.log();
  const auto nobody = send_email(account_at(server), some_email("gone@contoso.com"), {});
  EXPECT_EQ(classify(nobody), Verdict::refused);
  EXPECT_THAT(nobody.error, HasSubstr("gone@contoso.com was not reached"));
  EXPECT_THAT(server.taken(), IsEmpty());

  const auto some =
      send_email(account_at(server), some_email("gone@contoso.com, boss@contoso.com, left@contoso.com"), {});
  EXPECT_EQ(classify(some), Verdict::delivered);
  EXPECT_THAT(some.error,
              AllOf(HasSubstr("gone@contoso.com"), HasSubstr("left@contoso.com"), HasSubstr("no such user")));
  ASSERT_THAT(server.taken(), SizeIs(1));
  EXPECT_THAT(server.taken().front().envelope, HasSubstr("boss@contoso.com"));

  const auto later = send_email(account_at(server), some_email("greylisted@contoso.com"), {});
  EXPECT_EQ(classify(later), Verdict::retry);
  EXPECT_THAT(later.error, HasSubstr("451 4.7.1 'come back later'"));
}

TEST(Mail, WhatIsTooLargeForTheServerIsRefused) {
  MailServer server("large", {});
  ASSERT_TRUE(server.listens()) << server.log();
  auto email = some_email();
  for (int i = 0; i < 20'000; ++i) email.text += "a line\n";
  const auto result = send_email(account_at(server), email, {});
  EXPECT_EQ(classify(result), Verdict::refused);
  EXPECT_THAT(result.error, HasSubstr("552"));
}

}  // namespace
}  // namespace a2od::end_to_end
