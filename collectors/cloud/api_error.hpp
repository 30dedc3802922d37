// What an error answer means: the shapes that Microsoft's services use, read into one Failure.
#pragma once

#include "collectors/cloud/http_client.hpp"
#include "collectors/cloud/session.hpp"
#include "config/time.hpp"

#include <string>
#include <string_view>

namespace a2od::cloud {

/// What a service said of its error: code and text, both possibly empty.
struct ServiceError {
  std::string code;
  std::string message;
};

/// Reads {"error":{…}} of BAP, Dataverse and Graph (with a nested `extendedData` or `innererror`, whose code says
/// more),
/// {"error":"…","error_description":"…"}, RFC 7807, {"Message":"…"}, {"errorDetail":{…}} and Business Central's bare
/// {"code","message"}. Codes that are signed numbers become the hexadecimal ones of the documentation.
[[nodiscard]] ServiceError read_service_error(std::string_view body);

/// The cause behind an answer that is not 2xx.
[[nodiscard]] Cause cause_of(Service service, unsigned status, const ServiceError& error);

/// The failure of an answer that is not 2xx; `host` is for the message.
[[nodiscard]] Failure failure_of(Service service, const std::string& host, const HttpResponse& response, Timestamp now);

/// Text of others made fit for a message: one line, valid UTF-8, cut to a few hundred bytes, tokens masked.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace a2od::cloud
