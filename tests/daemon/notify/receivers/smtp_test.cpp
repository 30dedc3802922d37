#include "daemon/notify/receivers/smtp.hpp"

#include "tests/daemon/notify/receivers/scripted_smtp.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace a2od {
namespace {

using namespace std::chrono_literals;
using test::ScriptedSmtp;
using test::SmtpScript;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

Email some_email() {
  return {.from = "a2od@contoso.com", .to = "ops@contoso.com", .headers = {{"Subject", "Down"}}, .text = "It is down."};
}

SmtpServer plain(std::uint16_t port) { return {.host = "127.0.0.1", .port = port, .require_tls = false}; }

DeliveryResult send_to(const ScriptedSmtp& server, const Email& email = some_email()) {
  return send_email(plain(server.port()), email, {});
}

TEST(Email, IsDelivered) {
  const ScriptedSmtp server({});
  const auto result = send_to(server);
  EXPECT_EQ(classify(result), Verdict::delivered) << result.error;
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(server.lines(), AllOf(Contains("EHLO localhost"), Contains("MAIL FROM:<a2od@contoso.com>"),
                                    Contains("RCPT TO:<ops@contoso.com>"), Contains("Subject: Down"),
                                    Contains("It is down."), Contains(".")));
}

TEST(Email, ALineOfADotDoesNotEndTheMail) {
  const ScriptedSmtp server({});
  auto email = some_email();
  email.text = "one\n.\nRCPT TO:<everyone@contoso.com>\n";
  EXPECT_EQ(classify(send_to(server, email)), Verdict::delivered);
  EXPECT_THAT(server.lines(), Contains(".."));
}

struct Answered {
  const char* name;
  const char* to;  ///< the answer's verb
  const char* answer;
  Verdict verdict;
  const char* said;
};

class EmailAnswered : public testing::TestWithParam<Answered> {};

TEST_P(EmailAnswered, IsJudgedByCodeAndCommand) {
  const ScriptedSmtp server({{{GetParam().to, GetParam().answer}}});
  const auto result = send_to(server);
  EXPECT_EQ(classify(result), GetParam().verdict) << result.error;
  EXPECT_THAT(describe(result), HasSubstr(GetParam().said));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, EmailAnswered,
    testing::Values(
        Answered{"busy", "GREETING", "421 too many connections\r\n", Verdict::retry, "421 'too many connections'"},
        Answered{"no_service", "GREETING", "554 no SMTP service here\r\n", Verdict::misconfigured, "554"},
        Answered{"sender_later", "MAIL", "451 4.7.1 try later\r\n", Verdict::retry,
                 "451 4.7.1 'try later' to MAIL FROM"},
        Answered{"sender_not_ours", "MAIL", "550 5.7.60 not allowed to send as this sender\r\n", Verdict::misconfigured,
                 "not allowed to send"},
        Answered{"authentication_wanted", "MAIL", "530 5.7.57 client not authenticated\r\n", Verdict::misconfigured,
                 "530"},
        Answered{"too_large", "MAIL", "552 5.3.4 too large\r\n", Verdict::refused, "552"},
        Answered{"greylisted", "RCPT", "450 4.2.0 greylisted\r\n", Verdict::retry, "450"},
        Answered{"nobody", "RCPT", "550 5.1.1 no such user\r\n", Verdict::refused, "ops@contoso.com was not reached"},
        Answered{"no_relay", "RCPT", "554 5.7.1 relay access denied\r\n", Verdict::misconfigured, "relay"},
        Answered{"recipients_need_authentication", "RCPT", "530 5.7.0 log in first\r\n", Verdict::misconfigured, "530"},
        Answered{"no_room", "DATA", "452 4.3.1 no room\r\n", Verdict::retry, "452"},
        Answered{"content_later", ".", "451 4.6.0 later\r\n", Verdict::retry, "451"},
        Answered{"spam", ".", "554 5.6.0 spam\r\n", Verdict::refused, "'spam' to DATA"},
        Answered{"several_lines", "RCPT", "550-5.1.1 there is\r\n550 5.1.1 nobody here\r\n", Verdict::refused,
                 "nobody"},
        Answered{"closed_at_once", "GREETING", SmtpScript::kClose, Verdict::retry, "127.0.0.1:"},
        Answered{"closed_early", "RCPT", SmtpScript::kClose, Verdict::retry, "127.0.0.1:"},
        Answered{"closed_before_it_took_it", ".", SmtpScript::kClose, Verdict::retry, "127.0.0.1:"}),
    [](const auto& one) { return one.param.name; });

TEST(Email, WhatIsTakenIsDeliveredWhateverHappensThen) {
  const ScriptedSmtp server({{{"QUIT", SmtpScript::kClose}}});
  EXPECT_EQ(classify(send_to(server)), Verdict::delivered);
}

TEST(Email, AServerThatDripsAfterItTookTheMailIsLeft) {
  const ScriptedSmtp server({{{"QUIT", SmtpScript::kDrip}}});
  EXPECT_EQ(classify(send_to(server)), Verdict::delivered);
}

TEST(Email, AServerThatDripsIsLeftAtTheTimeout) {
  const ScriptedSmtp server({{{"RCPT", SmtpScript::kDrip}}});
  auto to = plain(server.port());
  to.timeout = 200ms;
  EXPECT_EQ(classify(send_email(to, some_email(), {})), Verdict::retry);
}

TEST(Email, AServerOfAnotherKindIsLeftAtTheTimeout) {
  const ScriptedSmtp server({{{"GREETING", "HTTP/1.1 400 Bad Request\r\n\r\n"}}});
  auto to = plain(server.port());
  to.timeout = 200ms;
  EXPECT_EQ(classify(send_email(to, some_email(), {})), Verdict::retry);
}

TEST(Email, AServerThatIsNotThereIsTriedAgain) {
  std::uint16_t port = 0;
  {
    port = ScriptedSmtp({}).port();
  }
  const auto result = send_email(plain(port), some_email(), {});
  EXPECT_EQ(classify(result), Verdict::retry);
  EXPECT_EQ(failure_reason(result), "network");
}

TEST(Email, ARequestToStopEndsIt) {
  const ScriptedSmtp server({{{"RCPT", SmtpScript::kDrip}}});
  std::stop_source stop;
  const std::jthread stopper([&] {
    while (!server.dripping()) std::this_thread::yield();
    stop.request_stop();
  });
  const auto result = send_email(plain(server.port()), some_email(), stop.get_token());
  EXPECT_EQ(classify(result), Verdict::retry);
  EXPECT_THAT(result.error, HasSubstr("stopped"));
}

TEST(Email, TlsThatIsDemandedMustBeOffered) {
  const ScriptedSmtp server({});
  auto to = plain(server.port());
  to.require_tls = true;
  const auto result = send_email(to, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(result.error, HasSubstr("does not offer STARTTLS, which require_tls demands"));
  EXPECT_THAT(server.lines(), Not(Contains(HasSubstr("MAIL"))));
}

TEST(Email, TlsThatIsAwayForAWhileIsTriedAgain) {
  const ScriptedSmtp server(
      {{{"EHLO", "250-here\r\n250 STARTTLS\r\n"}, {"STARTTLS", "454 TLS currently unavailable\r\n"}}});
  auto to = plain(server.port());
  to.require_tls = true;
  EXPECT_EQ(classify(send_email(to, some_email(), {})), Verdict::retry);
}

TEST(Email, APasswordIsNotSentInTheClear) {
  const ScriptedSmtp server({{{"EHLO", "250-here\r\n250 AUTH PLAIN LOGIN\r\n"}}});
  // An address of this machine that does not look like one.
  SmtpServer to{.host = "0.0.0.0",
                .port = server.port(),
                .username = "a2od",
                .password = Secret("hunter2"),
                .require_tls = false};
  const auto result = send_email(to, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(result.error, HasSubstr("the password is only sent over TLS"));
  EXPECT_THAT(server.lines(), Not(Contains(HasSubstr("AUTH"))));
}

TEST(Email, WhatAServerSaysOfAPasswordIsNotRepeated) {
  const ScriptedSmtp server(
      {{{"EHLO", "250-here\r\n250 AUTH PLAIN\r\n"}, {"AUTH", "535 5.7.8 not hunter2, please\r\n"}}});
  auto to = plain(server.port());
  to.username = "a2od";
  to.password = Secret("hunter2");
  const auto result = send_email(to, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(result.error, AllOf(HasSubstr("answered 535 5.7.8 to AUTH"), Not(HasSubstr("hunter2"))));
}

TEST(Email, SaysThatNoWayToAuthenticateIsShared) {
  const ScriptedSmtp server({{{"EHLO", "250-here\r\n250 AUTH GSSAPI\r\n"}}});
  auto to = plain(server.port());
  to.username = "a2od";
  to.password = Secret("hunter2");
  const auto result = send_email(to, some_email(), {});
  EXPECT_EQ(classify(result), Verdict::misconfigured);
  EXPECT_THAT(result.error, HasSubstr("no way to authenticate"));
}

TEST(Email, HelloIsTheOperators) {
  const ScriptedSmtp server({});
  auto to = plain(server.port());
  to.hello = "[192.0.2.1]";
  EXPECT_EQ(classify(send_email(to, some_email(), {})), Verdict::delivered);
  EXPECT_THAT(server.lines(), Contains("EHLO [192.0.2.1]"));
}

TEST(Email, HelloCannotCarryACommand) {
  const ScriptedSmtp server({});
  auto to = plain(server.port());
  to.hello = "x\r\nMAIL FROM:<a@b>";
  EXPECT_EQ(classify(send_email(to, some_email(), {})), Verdict::misconfigured);
  EXPECT_THAT(server.lines(), Not(Contains(HasSubstr("MAIL"))));
}

TEST(Email, OneThatCanNeverBeSentIsSaidToBe) {
  const ScriptedSmtp server({});
  auto nobody = some_email();
  nobody.to = "";
  EXPECT_EQ(classify(send_to(server, nobody)), Verdict::misconfigured);
  auto large = some_email();
  large.text.assign(5 << 20, 'x');
  EXPECT_EQ(classify(send_to(server, large)), Verdict::refused);
  EXPECT_TRUE(server.lines().empty());
}

}  // namespace
}  // namespace a2od
