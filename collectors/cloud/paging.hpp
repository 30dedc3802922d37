// Pages of a list: the items of each, and where the next one is, in every spelling that the services use.
#pragma once

#include "collectors/cloud/session.hpp"
#include "collectors/cloud/url.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace a2od::cloud {

struct PageLimits {
  std::size_t pages = 100;  ///< of up to 5,000 rows: more is no list but a loop
  std::size_t items = 1'000'000;
  std::size_t bytes = 256U << 20U;  ///< of all pages; looked after by the one who reads them
};

/// Collects one list page by page. Knows no I/O: pages go in, the next request comes out.
class Pager {
 public:
  /// `address` is where `request` goes.
  Pager(Request request, Url address, PageLimits limits = {});

  /// Takes the items of a page, which are its `value`, `collection`, `objectResult` or `data`. Then the request of the
  /// next page, nothing after the last one, or what is wrong: no list, a link to another host, the same page again, too
  /// many of them.
  [[nodiscard]] Reply<std::optional<Request>> take(boost::json::value page);

  [[nodiscard]] std::vector<boost::json::value> take_items() { return std::move(items_); }

 private:
  [[nodiscard]] Reply<std::optional<Request>> next(const boost::json::object& page);
  [[nodiscard]] Reply<std::string> follow(std::string_view link) const;
  [[nodiscard]] std::unexpected<Failure> malformed(std::string_view what) const;

  Request first_;
  Url address_;
  PageLimits limits_;
  std::vector<boost::json::value> items_;
  std::size_t pages_ = 0;
  std::unordered_set<std::size_t> seen_;  ///< hashes of what pages were asked for with
};

/// `target` with the query parameter `name` set to `value`, in place of one that is there.
[[nodiscard]] std::string with_parameter(std::string_view target, std::string_view name, std::string_view value);

}  // namespace a2od::cloud
