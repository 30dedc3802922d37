// Asks an exporter for its page.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "collectors/exposition/parser.hpp"
#include "collectors/scrape/target.hpp"
#include "config/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace a2od {

/// Pages are never larger, whatever `body_size_limit` says.
inline constexpr std::uint64_t kLargestPage = std::uint64_t{2} << 30;

/// What is read from files for each scrape, so that what is rotated is seen.
struct ScrapeAccess {
  cloud::Headers headers;
  std::shared_ptr<const cloud::ProxyRules> proxies;  ///< the environment's is for Microsoft's APIs
};
/// Call it where blocking is allowed. The error names the setting and never a secret.
[[nodiscard]] Result<ScrapeAccess> read_access(const HttpClientConfig& config);

struct FetchedPage {
  std::string body;
  ExpositionSyntax syntax = ExpositionSyntax::text;
  bool packed = false;  ///< by gzip
};

/// Unpacks the body, to at most what the target allows; about `expected` bytes are reserved. It takes long for a large
/// page: on another thread than the loop's.
[[nodiscard]] Result<void> unpack(FetchedPage& page, const ScrapeTarget& target, std::size_t expected);

/// By its Content-Type; the text format where that says nothing of it, as exporters often do.
[[nodiscard]] ExpositionSyntax syntax_of(std::string_view content_type);

/// Redirects are followed where that is configured; what is private goes to no other host. Throws only
/// operation_aborted, when cancelled.
boost::asio::awaitable<Result<FetchedPage>> fetch_page(cloud::HttpClient& http, const ScrapeTarget& target,
                                                       ScrapeAccess access, std::string user_agent);

}  // namespace a2od
