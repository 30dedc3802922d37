// Fuzzes what reads the answers of Microsoft's APIs: HTTP, JSON errors, pages, times, Retry-After, challenges.
#include "collectors/cloud/aadsts.hpp"
#include "collectors/cloud/api_error.hpp"
#include "collectors/cloud/challenge.hpp"
#include "collectors/cloud/http_message.hpp"
#include "collectors/cloud/json.hpp"
#include "collectors/cloud/paging.hpp"
#include "collectors/cloud/retry_after.hpp"
#include "collectors/cloud/url.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace a2od::cloud;

/// In two pieces, so that every boundary within a response is met.
void read_response(std::string_view text) {
  ResponseReader reader("host.test", 1U << 16U);
  const std::size_t half = text.size() / 2;
  if (reader.write(text.substr(0, half)) || reader.done()) return;
  if (reader.write(text.substr(half)) || reader.done()) return;
  if (!reader.write_end()) (void)reader.take();
}

void read_page(std::string_view text) {
  auto page = parse_json(text);
  if (!page) return;
  Request request;
  request.base = "https://host.test";
  request.target = "/list?continuationToken=1";
  Pager pager(request, parse_url("https://host.test/list").value());
  (void)pager.take(std::move(*page));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const a2od::Timestamp now{};
  (void)parse_time(text);
  (void)parse_retry_after(text, now);
  (void)parse_url(text);
  (void)claims_of_challenge(text);
  (void)clean_text(text);
  (void)read_sign_in_error(text, {});
  HttpResponse response;
  response.status = 403;
  response.body = text;
  (void)failure_of(Service::dataverse, "host.test", response, now);
  read_page(text);
  read_response(text);
  return 0;
}
