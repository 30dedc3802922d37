#include "collectors/cloud/tenant_session.hpp"

#include "collectors/async/deadline.hpp"
#include "collectors/cloud/api_error.hpp"
#include "collectors/cloud/challenge.hpp"
#include "collectors/cloud/clouds.hpp"
#include "collectors/cloud/json.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse_options.hpp>
#include <boost/json/stream_parser.hpp>
#include <fmt/format.h>

#include <charconv>
#include <numeric>

namespace a2od::cloud {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// What every request of a service carries; a header of the caller's own replaces the one of the same name.
Headers headers_of(const Request& request, const Secret& token) {
  Headers headers = request.headers;
  const auto add = [&](std::string_view name, std::string value) {
    if (find_header(request.headers, name).empty()) headers.emplace_back(name, std::move(value));
  };
  headers.emplace_back("Authorization", "Bearer " + token.reveal());
  add("Accept", "application/json");
  add("User-Agent", "a2od");
  if (!request.body.empty()) add("Content-Type", "application/json");
  if (request.service != Service::dataverse && request.service != Service::finance_operations) return headers;
  add("OData-Version", "4.0");
  add("OData-MaxVersion", "4.0");
  if (request.service == Service::dataverse) add("If-None-Match", "null");
  return headers;
}

/// A request that is sent may take this long at least, or it would be sent for nothing.
constexpr Milliseconds kLeastTime = std::chrono::seconds(1);

HttpLimits ending_by(HttpLimits limits, Clock::duration left) {
  const auto most = std::max(kLeastTime, std::chrono::floor<Milliseconds>(left));
  limits.connect = std::min(limits.connect, most);
  limits.first_byte = std::min(limits.first_byte, most);
  limits.total = std::min(limits.total, most);
  return limits;
}

/// "1,199.5" as 1199.5: how the service writes it is not documented.
std::optional<double> lenient_number(std::string_view text) {
  std::string digits(text);
  std::erase(digits, ',');
  double value = 0;
  const auto* end = digits.data() + digits.size();
  const auto read = std::from_chars(digits.data(), end, value);
  return read.ec == std::errc() && read.ptr == end && !digits.empty() ? std::optional(value) : std::nullopt;
}

std::optional<Allowance> allowance_of(const Headers& headers) {
  const auto requests = lenient_number(find_header(headers, "x-ms-ratelimit-burst-remaining-xrm-requests"));
  const auto seconds = lenient_number(find_header(headers, "x-ms-ratelimit-time-remaining-xrm-requests"));
  if (!requests || !seconds) return std::nullopt;
  return Allowance{*requests, *seconds};
}

Failure failure_of(const HttpError& error) {
  Failure failure;
  failure.cause = cause_of(error.kind);
  failure.message = error.message;
  return failure;
}

Failure refused_request(std::string message) {
  Failure failure;
  failure.cause = Cause::refused;
  failure.message = std::move(message);
  return failure;
}

Failure unreadable(const std::string& host, const HttpResponse& response, std::string_view why) {
  Failure failure;
  failure.cause = Cause::malformed;
  failure.status = response.status;
  const std::string type = clean_text(find_header(response.headers, "Content-Type"));
  failure.message = fmt::format("{}: answered {} with {}, {}", host, response.status,
                                type.empty() ? "a body without a type" : type, why);
  return failure;
}

Failure too_large(const std::string& host, std::size_t limit) {
  Failure failure;
  failure.cause = Cause::malformed;
  failure.status = 200;
  failure.message = fmt::format("{}: a list of more than {} bytes", host, limit);
  return failure;
}

/// Parsing a large body takes longer than the loop may be kept: it goes on in pieces, others run in between.
asio::awaitable<Result<json::value>> parse_in_pieces(std::string_view text) {
  constexpr std::size_t kPiece = 256U << 10U;
  if (text.size() <= kPiece) co_return parse_json(text);
  json::parse_options options;
  options.max_depth = kMaxJsonDepth;
  json::stream_parser parser({}, options);
  const auto executor = co_await asio::this_coro::executor;
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  json::error_code error;
  for (; !error && !text.empty(); text.remove_prefix(std::min(kPiece, text.size()))) {
    parser.write(text.data(), std::min(kPiece, text.size()), error);
    co_await asio::post(executor, asio::use_awaitable);
  }
  if (!error) parser.finish(error);
  if (error) co_return failure("not valid JSON: " + error.message());
  co_return parser.release();
}

}  // namespace

/// A request under way, as the budget sees it: it ends here, however it ends.
class TenantSession::Slot {
 public:
  Slot(TenantSession& session, Service service, const Origin& origin) : session_(session), host_(origin.authority()) {
    session_.budget_.started(host_, service, session_.clock_.now(), session_.clock_.wall());
  }
  ~Slot() {
    session_.budget_.ended(host_, ending, session_.clock_.now());
    session_.request_ended_.notify_all();
  }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  Budget::Ending ending;

 private:
  TenantSession& session_;
  std::string host_;
};

TenantSession::TenantSession(TenantConfig tenant, HttpClient& http, Clock& clock, TaskGroup& tasks,
                             asio::any_io_executor executor, PageLimits page_limits)
    : tenant_(std::move(tenant)),
      http_(http),
      clock_(clock),
      page_limits_(page_limits),
      tokens_(tenant_, http, clock, tasks, executor),
      budget_(tenant_.requests_per_day, tenant_.service_protection_share),
      request_ended_(executor) {}

std::uint64_t TenantSession::requests() const { return std::accumulate(sent_.begin(), sent_.end(), std::uint64_t{0}); }

/// Waits no longer than a request may take as a whole; says why where that is not enough.
asio::awaitable<std::optional<Failure>> TenantSession::wait_for_budget(const Request& request,
                                                                       const std::string& host) {
  using Verdict = Budget::Decision::Verdict;
  const auto deadline = request.start_by.value_or(clock_.now() + http_.limits().total);
  for (;;) {
    const auto now = clock_.now();
    auto decision = budget_.decide(host, request.priority, now, clock_.wall());
    if (decision.verdict == Verdict::go) co_return std::nullopt;
    const bool until_ended = decision.until == Budget::TimePoint::max();
    const bool too_long = now >= deadline || (!until_ended && decision.until > deadline);
    if (decision.verdict == Verdict::refuse || too_long) co_return std::move(decision.reason);
    if (until_ended)
      co_await request_ended_.wait();
    else
      co_await clock_.sleep_until(decision.until);
  }
}

asio::awaitable<Reply<HttpResponse>> TenantSession::exchange(const Request& request, const Url& address,
                                                             const Secret& token, std::uint64_t& sent) {
  auto held_back = co_await wait_for_budget(request, address.origin.authority());
  if (held_back) co_return std::unexpected(std::move(*held_back));
  HttpRequest http;
  http.method = request.method;
  http.url = address;
  http.headers = headers_of(request, token);
  http.body = request.body;
  http.fresh_connection = request.fresh_connection;
  if (request.end_by) http.limits = ending_by(http_.limits(), *request.end_by - clock_.now());
  Slot slot(*this, request.service, address.origin);
  ++sent;
  ++sent_[static_cast<std::size_t>(request.service)];
  auto response = co_await http_.send(std::move(http));
  if (!response) co_return std::unexpected(failure_of(response.error()));
  slot.ending.execution = response->phases.first_byte;
  slot.ending.allowance = allowance_of(response->headers);
  if (response->status < 300) {
    slot.ending.answered = true;
    co_return std::move(*response);
  }
  const Failure failure = cloud::failure_of(request.service, address.origin.host, *response, clock_.wall());
  slot.ending.throttled = failure.cause == Cause::throttled;
  slot.ending.answered = !slot.ending.throttled;
  slot.ending.retry_after = failure.retry_after;
  co_return std::move(*response);
}

/// A token endpoint that hangs is a failure with a name, too, where the request says when to end.
asio::awaitable<Reply<Secret>> TenantSession::token_for(const std::string& scope, const Request& request) {
  if (!request.end_by) co_return co_await tokens_.get(scope);
  const auto left = std::max(kLeastTime, std::chrono::floor<Milliseconds>(*request.end_by - clock_.now()));
  try {
    co_return co_await within(left, tokens_.get(scope));
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::timed_out) throw;
  }
  Failure late;
  late.cause = Cause::timeout;
  late.stage = Stage::token;
  late.message = fmt::format("sign-in to tenant '{}': no answer from the token endpoint yet", tenant_.name);
  co_return std::unexpected(std::move(late));
}

/// A 401 costs the token, and is answered once with a new one.
asio::awaitable<Reply<HttpResponse>> TenantSession::authorized(const Request& request, const Url& address,
                                                               std::uint64_t& sent) {
  const std::string scope = scope_of(tenant_, request.service, address.origin);
  for (bool again = false;; again = true) {
    auto token = co_await token_for(scope, request);
    if (!token) co_return std::unexpected(std::move(token.error()));
    auto response = co_await exchange(request, address, *token, sent);
    if (!response || response->status != 401) co_return response;
    if (again) co_return response;
    tokens_.refused(scope, *token, claims_of_challenges(response->headers));
  }
}

asio::awaitable<Reply<Answer>> TenantSession::fetch(Request request, std::uint64_t& sent, std::size_t& bytes) {
  const auto address = address_of(tenant_, request);
  if (!address) co_return std::unexpected(refused_request(address.error().message));
  auto response = co_await authorized(request, *address, sent);
  if (!response) co_return std::unexpected(std::move(response.error()));
  const std::string& host = address->origin.host;
  if (response->status >= 300)
    co_return std::unexpected(cloud::failure_of(request.service, host, *response, clock_.wall()));
  Answer answer{.status = response->status, .body = nullptr, .phases = response->phases};
  bytes += response->body.size();
  if (response->body.empty()) co_return answer;
  auto body = co_await parse_in_pieces(response->body);
  if (!body) co_return std::unexpected(unreadable(host, *response, body.error().message));
  answer.body = std::move(*body);
  co_return answer;
}

asio::awaitable<Reply<std::vector<json::value>>> TenantSession::send_paged(Request request, std::uint64_t& sent) {
  const auto address = address_of(tenant_, request);
  if (!address) co_return std::unexpected(refused_request(address.error().message));
  Pager pager(request, *address, page_limits_);
  std::size_t bytes = 0;
  for (std::optional<Request> page = std::move(request); page;) {
    auto answer = co_await fetch(std::move(*page), sent, bytes);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (bytes > page_limits_.bytes) co_return std::unexpected(too_large(address->origin.host, page_limits_.bytes));
    auto next = pager.take(std::move(answer->body));
    if (!next) co_return std::unexpected(std::move(next.error()));
    page = std::move(*next);
  }
  co_return pager.take_items();
}

asio::awaitable<Reply<Answer>> TenantSession::send(Request request, std::uint64_t& sent) {
  std::size_t bytes = 0;
  co_return co_await fetch(std::move(request), sent, bytes);
}

asio::awaitable<Reply<Answer>> TenantSession::send(Request request) {
  std::uint64_t sent = 0;
  co_return co_await send(std::move(request), sent);
}

asio::awaitable<Reply<std::vector<json::value>>> TenantSession::send_paged(Request request) {
  std::uint64_t sent = 0;
  co_return co_await send_paged(std::move(request), sent);
}

}  // namespace a2od::cloud
