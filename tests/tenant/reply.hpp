// What the simulated services answer with, and the error bodies of each.
#pragma once

#include "daemon/http/server.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace a2od::tenant {

namespace json = boost::json;

/// The services of a tenant, told apart by host.
enum class Api : std::uint8_t { login, admin, power_platform, graph, dataverse, finance_operations, none };

struct ApiReply {
  unsigned status = 200;
  json::value body;
  Headers headers;
};

/// The service's own shape of an error: `{"error":{"code","message"…}}` with what else each adds.
[[nodiscard]] ApiReply error_reply(Api api, unsigned status, std::string_view code, std::string_view message);

/// Entra ID's error body: `error`, AADSTS text and number, trace ids.
[[nodiscard]] ApiReply sign_in_error(unsigned status, std::string_view error, int number, std::string_view message);

[[nodiscard]] HttpReply to_http(const ApiReply& reply);
[[nodiscard]] HttpReply text_reply(unsigned status, std::string body, std::string content_type);

}  // namespace a2od::tenant
