#include "daemon/notify/receivers/sender.hpp"

#include "collectors/cloud/json.hpp"
#include "daemon/notify/receivers/email.hpp"
#include "daemon/notify/templates/truncate.hpp"
#include "daemon/offload.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <optional>

namespace a2od {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMailThreads = 2;
constexpr int kMostRedirects = 5;
constexpr std::size_t kMostTokens = 256;
constexpr std::uint64_t kLargestAnswer = 1U << 20U;

/// What the receivers ask their clients to stay below.
HostBudget::Rate rate_of(const IntegrationConfig& integration) {
  struct Rates {
    HostBudget::Rate operator()(const WebhookConfig& webhook) const {
      return {static_cast<double>(webhook.rate_limit), static_cast<double>(webhook.rate_limit)};
    }
    HostBudget::Rate operator()(const SlackConfig&) const { return {1, 5}; }
    HostBudget::Rate operator()(const PagerdutyConfig&) const { return {2, 30}; }
    HostBudget::Rate operator()(const OpsgenieConfig&) const { return {5, 20}; }
    HostBudget::Rate operator()(const TeamsConfig&) const { return {4, 4}; }
    HostBudget::Rate operator()(const ServicenowConfig&) const { return {5, 20}; }
    HostBudget::Rate operator()(const EmailConfig&) const { return {}; }
  };
  return std::visit(Rates(), integration);
}

std::string safe_address(const cloud::Url& url) {
  const bool https = url.origin.scheme == cloud::Origin::Scheme::https;
  return (https ? "https://" : "http://") + url.origin.authority();
}

void log_failures(const Message& message, const std::vector<std::string>& failures) {
  for (const auto& failure : failures)
    spdlog::warn("receiver '{}', {}: {}; the message says so in its place", message.to.receiver, describe(message.to),
                 failure);
}

}  // namespace

asio::awaitable<DeliveryResult> Sender::send_mail(const Message& message, const EmailConfig& config,
                                                  const NotificationTemplates& templates) {
  const auto now = now_();
  auto made = co_await offload(pool_, [&] { return make_email(message, config, templates, now); });
  if (!made) co_return DeliveryResult{.error = made.error().message, .unusable = true};
  log_failures(message, made->failures);
  if (!mail_pool_) mail_pool_.emplace(kMailThreads);
  // Its own copy: when the daemon ends, the thread may outlive this coroutine by a moment.
  co_return co_await offload(mail_pool_->get_executor(), [mail = std::move(*made), stop = stop_mails_.get_token()] {
    return send_email(mail.server, mail.email, stop);
  });
}

struct Sender::Exchange {
  const IntegrationConfig& integration;
  HttpClientConfig http;
  cloud::HttpLimits limits;
  std::shared_ptr<const cloud::ProxyRules> proxies;  ///< nullptr: those of the client
  std::optional<Secret> token;
};

asio::awaitable<DeliveryResult> Sender::send(const Message& message, const IntegrationConfig& integration,
                                             NotificationTemplates templates) {
  if (const auto* mail = std::get_if<EmailConfig>(&integration))
    co_return co_await send_mail(message, *mail, templates);
  const auto now = now_();
  auto made = co_await offload(pool_, [&] { return make_requests(message, integration, templates, now); });
  if (!made) co_return DeliveryResult{.error = made.error().message, .unusable = true};
  log_failures(message, made->failures);
  Exchange how{.integration = integration, .http = {}, .limits = http_.limits(), .proxies = nullptr, .token = {}};
  std::visit(
      [&](const auto& config) {
        how.limits.total = config.timeout;
        if constexpr (requires { config.http; }) how.http = config.http.value_or(HttpClientConfig());
      },
      integration);
  how.limits.body_bytes = std::min(how.limits.body_bytes, kLargestAnswer);
  if (how.http.proxy_url) {
    const auto address = co_await offload(pool_, [&] { return reveal(*how.http.proxy_url); });
    auto rules = address ? cloud::ProxyRules::parse(*address, how.http.no_proxy) : std::unexpected(address.error());
    if (!rules) co_return DeliveryResult{.error = "proxy_url: " + rules.error().message, .unusable = true};
    how.proxies = std::make_shared<const cloud::ProxyRules>(std::move(*rules));
  }
  if (how.http.oauth2) {
    auto got = co_await token(*how.http.oauth2, how);
    if (!got) co_return DeliveryResult{.error = "oauth2: " + got.error().message};
    how.token = std::move(*got);
  }
  DeliveryResult result{.error = "there was nothing to send"};
  for (auto& request : made->requests) {
    result = co_await send(std::move(request), how);
    if (classify(result) != Verdict::delivered) break;
  }
  if (result.status == 401 && how.http.oauth2) forget_token(*how.http.oauth2);
  co_return result;
}

asio::awaitable<DeliveryResult> Sender::send(ReceiverRequest request, const Exchange& how) {
  bool is_private = true;
  for (int hops = 0;; ++hops) {
    co_await wait_for_turn(request, how);
    auto headers = request.headers;
    if (is_private) {
      std::ranges::copy(request.private_headers, std::back_inserter(headers));
      if (how.token) headers.emplace_back("Authorization", "Bearer " + how.token->reveal());
    }
    cloud::HttpRequest sent{.method = request.method,
                            .url = request.url,
                            .headers = std::move(headers),
                            .body = request.body,
                            .limits = how.limits,
                            .tls = how.http.tls,
                            .proxies = how.proxies,
                            .repeatable = true,
                            .body_needed = cloud::BodyNeeded::never};
    const auto reply = co_await http_.send(std::move(sent));
    if (!reply) co_return DeliveryResult{.error = reply.error().message};
    auto result = judge(how.integration, *reply, now_());
    if (reply->status < 300 || reply->status >= 400) co_return result;

    const auto to = cloud::redirect_target(request.url, cloud::find_header(reply->headers, "Location"));
    if (to) result.error = "it has moved to " + safe_address(*to);
    const bool keeps_the_body = reply->status == 307 || reply->status == 308;
    if (!to || !keeps_the_body || !how.http.follow_redirects || hops == kMostRedirects) co_return result;
    const bool elsewhere = to->origin != request.url.origin;
    if (elsewhere && (request.private_body || to->origin.scheme < request.url.origin.scheme)) co_return result;
    is_private = is_private && !elsewhere;
    request.url = *to;
  }
}

asio::awaitable<void> Sender::wait_for_turn(const ReceiverRequest& request, const Exchange& how) {
  const auto now = now_();
  const auto turn = budget_.reserve(request.url.origin.authority(), rate_of(how.integration), now);
  if (turn <= now) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor, turn - now);
  co_await timer.async_wait(asio::use_awaitable);
}

asio::awaitable<Result<Secret>> Sender::token(const OAuth2Config& oauth2, const Exchange& how) {
  const auto known = std::ranges::find(tokens_, oauth2, &Token::of);
  if (known != tokens_.end() && known->expires > now_()) co_return known->token;
  forget_token(oauth2);
  const auto secret = co_await offload(pool_, [&] { return reveal(oauth2.client_secret); });
  if (!secret) co_return std::unexpected(secret.error());
  auto url = cloud::parse_url(oauth2.token_url);
  if (!url) co_return failure("token_url: " + url.error().message);
  const auto address = safe_address(*url);
  auto body = cloud::form_field("grant_type", "client_credentials");
  if (!oauth2.scopes.empty())
    body += "&" + cloud::form_field("scope", fmt::format("{}", fmt::join(oauth2.scopes, " ")));
  for (const auto& [name, value] : oauth2.endpoint_params) body += "&" + cloud::form_field(name, value);
  body += "&" + cloud::form_field("client_id", oauth2.client_id);
  body += "&" + cloud::form_field("client_secret", secret->reveal());
  const auto asked = now_();
  const auto reply = co_await http_.send({.method = "POST",
                                          .url = std::move(*url),
                                          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                                          .body = std::move(body),
                                          .limits = how.limits,
                                          .tls = oauth2.tls,
                                          .proxies = how.proxies,
                                          .repeatable = true});
  if (!reply) co_return failure(reply.error().message);
  const auto document = cloud::parse_json(reply->body);
  const auto text = document ? cloud::get_string(*document, "access_token").value_or("") : "";
  if (reply->status != 200 || text.empty()) {
    const auto error = document ? cloud::get_string(*document, "error").value_or("no token") : "no token";
    co_return failure(fmt::format("{} answered {}: {}", address, reply->status, truncate_bytes(error, 100).text));
  }
  const auto lives = cloud::get_number(*document, "expires_in").value_or(300);
  const auto seconds = std::chrono::seconds(static_cast<std::int64_t>(std::clamp(lives, 0.0, 86'400.0)));
  if (tokens_.size() == kMostTokens) tokens_.erase(tokens_.begin());
  // Used up a little early, so that none runs out on its way.
  tokens_.push_back({oauth2, Secret(std::string(text)), asked + seconds - std::min<Milliseconds>(30s, seconds / 2)});
  co_return tokens_.back().token;
}

void Sender::forget_token(const OAuth2Config& oauth2) {
  std::erase_if(tokens_, [&](const Token& token) { return token.of == oauth2; });
}

}  // namespace a2od
