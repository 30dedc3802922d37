#include "collectors/tables/query.hpp"

#include "collectors/cloud/url.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace a2od {

std::string options_of(const Query& query) {
  std::string text;
  const auto add = [&text](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text += fmt::format("{}{}={}", text.empty() ? '?' : '&', name, cloud::percent_encode(value));
  };
  add("$select", fmt::format("{}", fmt::join(query.select, ",")));
  add("$apply", query.apply);
  add("$filter", query.filter);
  add("$orderby", query.order_by);
  add("$count", query.count ? "true" : "");
  add("$top", query.top > 0 ? std::to_string(query.top) : "");
  return text;
}

cloud::Request finance_operations_request(const Environment& environment, std::string_view entity_set,
                                          const Query& query) {
  auto options = options_of(query);
  options.front() = '&';
  cloud::Request request;
  request.service = cloud::Service::finance_operations;
  request.base = environment.finance_operations_url;
  request.target = fmt::format("/data/{}?cross-company=true{}", entity_set, options);
  return request;
}

std::string odata_time(Timestamp time) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::time_point(
                                      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()))));
}

}  // namespace a2od
