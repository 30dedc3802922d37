#include "tests/tenant/reply.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <memory>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::string_view kTraceId = "255d1aef-8c98-452f-ac51-23d051240864";

}  // namespace

ApiReply error_reply(Api api, unsigned status, std::string_view code, std::string_view message) {
  json::object error{{"code", code}, {"message", message}};
  if (api == Api::admin) error["detailUrlType"] = "NotSpecified";
  if (api == Api::graph)
    error["innerError"] = {{"date", "2026-01-01T00:00:00"}, {"request-id", kTraceId}, {"client-request-id", kTraceId}};
  return {status, {{"error", std::move(error)}}, {}};
}

ApiReply sign_in_error(unsigned status, std::string_view error, int number, std::string_view message) {
  const auto description = fmt::format("AADSTS{}: {} Trace ID: {} Correlation ID: {} Timestamp: 2026-01-01 00:00:00Z",
                                       number, message, kTraceId, kTraceId);
  return {status,
          {{"error", error},
           {"error_description", description},
           {"error_codes", json::array{number}},
           {"timestamp", "2026-01-01 00:00:00Z"},
           {"trace_id", kTraceId},
           {"correlation_id", kTraceId}},
          {}};
}

HttpReply text_reply(unsigned status, std::string body, std::string content_type) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = std::move(content_type);
  reply.body = std::make_shared<const std::string>(std::move(body));
  return reply;
}

HttpReply to_http(const ApiReply& reply) {
  const bool empty = reply.body.is_null();
  auto result = text_reply(reply.status, empty ? std::string() : json::serialize(reply.body),
                           "application/json; odata.metadata=minimal; charset=utf-8");
  result.headers = reply.headers;
  return result;
}

}  // namespace a2od::tenant
