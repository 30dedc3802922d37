// HTTP/1.1 as bytes: a request written out, and a response put together from the pieces that arrive. No I/O.
#pragma once

#include "collectors/cloud/http_client.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace a2od::cloud {

/// The request's bytes. Refused are line breaks and other control characters in names, values and target, which would
/// let a value end one header and begin another. A blank in the target, which no server accepts, becomes "%20"; all
/// else of it is left as it came.
[[nodiscard]] std::expected<std::string, HttpError> render(const HttpRequest& request);

/// What becomes of a body in gzip.
enum class Packed : std::uint8_t { unpacked, kept };

/// Reads one final response; interim ones (1xx) are passed over. `peer` is for messages.
class ResponseReader {
 public:
  ResponseReader(std::string peer, std::uint64_t max_body_bytes, Packed packed = Packed::unpacked);
  ~ResponseReader();
  ResponseReader(const ResponseReader&) = delete;
  ResponseReader& operator=(const ResponseReader&) = delete;

  /// Takes the next bytes off the wire; nothing, or what is wrong with them.
  [[nodiscard]] std::optional<HttpError> write(std::string_view bytes);

  /// Says that no more will come: an error unless the response is complete, or is one that ends so.
  [[nodiscard]] std::optional<HttpError> write_end();

  [[nodiscard]] bool done() const;
  /// Once the head of the final response is there.
  [[nodiscard]] std::optional<unsigned> status() const;
  /// Whether the connection can carry another request; asked when done.
  [[nodiscard]] bool keeps_connection() const;
  /// Once, when it has a status: with what came of its body.
  [[nodiscard]] HttpResponse take();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace a2od::cloud
