#include "collectors/scrape/fetch.hpp"

#include "collectors/cloud/authorization.hpp"
#include "collectors/cloud/gzip.hpp"
#include "config/duration.hpp"
#include "config/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <map>
#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr int kMostRedirects = 10;
constexpr std::string_view kOpenMetrics = "application/openmetrics-text";

bool is_redirect(unsigned status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::uint64_t largest_page(const ScrapeTarget& target) {
  const auto limit = target.job->config.body_size_limit;
  return limit == 0 ? kLargestPage : std::min(limit, kLargestPage);
}

std::string_view who_limits(const ScrapeTarget& target) {
  return largest_page(target) < kLargestPage ? "the most that body_size_limit allows" : "the most that a2od reads";
}

/// As Prometheus asks: each format with less weight than the one before it, and at last anything.
std::string accepted(const ScrapeConfig& config) {
  const auto escaping = ";escaping=" + config.metric_name_escaping_scheme;
  const std::map<std::string_view, std::string> types{
      {"OpenMetricsText1.0.0", fmt::format("{};version=1.0.0{}", kOpenMetrics, escaping)},
      {"OpenMetricsText0.0.1", fmt::format("{};version=0.0.1", kOpenMetrics)},
      {"PrometheusText1.0.0", fmt::format("text/plain;version=1.0.0{}", escaping)},
      {"PrometheusText0.0.4", "text/plain;version=0.0.4"}};
  std::vector<std::string> all;
  for (const auto& protocol : config.scrape_protocols)
    if (const auto type = types.find(protocol); type != types.end()) all.push_back(type->second);
  all.emplace_back("*/*");
  for (std::size_t i = 0; i < all.size(); ++i) all[i] += fmt::format(";q=0.{}", all.size() - i);
  return fmt::format("{}", fmt::join(all, ","));
}

cloud::HttpRequest request_for(const ScrapeTarget& target, const cloud::Url& url, const std::string& user_agent,
                               Milliseconds left) {
  const auto& config = target.job->config;
  cloud::HttpRequest request{.url = url,
                             .tls = config.http.tls,
                             .body_needed = cloud::BodyNeeded::with_status_200,
                             .accepts_gzip = config.enable_compression,
                             .unpacks = false};
  request.headers = {{"Accept", accepted(config)},
                     {"User-Agent", user_agent},
                     {"X-Prometheus-Scrape-Timeout-Seconds",
                      fmt::format("{}", std::chrono::duration<double>(target.timeout).count())}};
  request.limits =
      cloud::HttpLimits{.connect = left, .first_byte = left, .total = left, .body_bytes = largest_page(target)};
  return request;
}

}  // namespace

Result<ScrapeAccess> read_access(const HttpClientConfig& config) {
  auto headers = cloud::private_headers(config);
  if (!headers) return std::unexpected(headers.error());
  ScrapeAccess access{.headers = std::move(*headers), .proxies = std::make_shared<const cloud::ProxyRules>()};
  if (!config.proxy_url) return access;
  const auto address = reveal(*config.proxy_url);
  auto rules = address ? cloud::ProxyRules::parse(*address, config.no_proxy) : std::unexpected(address.error());
  if (!rules) return failure("proxy_url: " + rules.error().message);
  access.proxies = std::make_shared<const cloud::ProxyRules>(std::move(*rules));
  return access;
}

ExpositionSyntax syntax_of(std::string_view content_type) {
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return same_text(type, kOpenMetrics) ? ExpositionSyntax::open_metrics : ExpositionSyntax::text;
}

Result<void> unpack(FetchedPage& page, const ScrapeTarget& target, std::size_t expected) {
  using Status = cloud::Gunzip::Status;
  if (!page.packed) return {};
  const auto most = largest_page(target);
  std::string text;
  text.reserve(std::min<std::uint64_t>(expected, most));
  cloud::Gunzip gunzip(most);
  const auto status = gunzip.write(page.body, text);
  if (status == Status::too_large)
    return failure(fmt::format("the page unpacks to more than {} bytes, {}", most, who_limits(target)));
  if (status != Status::ok || (!gunzip.complete() && !page.body.empty()))
    return failure("the page says that it is gzip, and is not, or was cut off");
  page.body = std::move(text);
  page.packed = false;
  return {};
}

asio::awaitable<Result<FetchedPage>> fetch_page(cloud::HttpClient& http, const ScrapeTarget& target,
                                                ScrapeAccess access, std::string user_agent) {
  const auto deadline = std::chrono::steady_clock::now() + target.timeout;
  auto url = target.url;
  for (int hops = 0;; ++hops) {
    const auto late = [&] {
      return failure(fmt::format("no page within {}, after {} redirect{}", format_duration(target.timeout), hops,
                                 hops == 1 ? "" : "s"));
    };
    const auto left = std::chrono::ceil<Milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= Milliseconds(0)) co_return late();
    auto request = request_for(target, url, user_agent, left);
    if (url.origin == target.url.origin) std::ranges::copy(access.headers, std::back_inserter(request.headers));
    request.proxies = access.proxies;
    auto reply = co_await http.send(std::move(request));
    if (!reply && reply.error().kind == cloud::HttpError::Kind::timeout && hops > 0) co_return late();
    if (!reply && reply.error().kind == cloud::HttpError::Kind::too_large)
      co_return failure(fmt::format("{}, {}", reply.error().message, who_limits(target)));
    if (!reply) co_return failure(reply.error().message);
    if (is_redirect(reply->status) && target.job->config.http.follow_redirects) {
      if (hops == kMostRedirects) co_return failure(fmt::format("stopped after {} redirects", hops));
      const auto to = cloud::redirect_target(url, cloud::find_header(reply->headers, "Location"));
      if (!to)
        co_return failure(fmt::format("server returned HTTP status {} without a usable Location", reply->status));
      url = *to;
      continue;
    }
    if (reply->status != 200) co_return failure(fmt::format("server returned HTTP status {}", reply->status));
    const auto syntax = syntax_of(cloud::find_header(reply->headers, "Content-Type"));
    const bool packed = cloud::find_header(reply->headers, "Content-Encoding").contains("gzip");
    co_return FetchedPage{.body = std::move(reply->body), .syntax = syntax, .packed = packed};
  }
}

}  // namespace a2od
