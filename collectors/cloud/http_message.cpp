#include "collectors/cloud/http_message.hpp"

#include "collectors/cloud/gzip.hpp"
#include "config/text.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace a2od::cloud {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Parser = http::response_parser<http::string_body>;

namespace {

constexpr std::uint32_t kMaxHeadBytes = 64U << 10U;
constexpr int kMaxInterimResponses = 8;

bool is_token(std::string_view text) {
  const auto allowed = [](char c) {
    return c > ' ' && c < '\x7F' && !std::string_view("()<>@,;:\\\"/[]?={}").contains(c);
  };
  return !text.empty() && std::ranges::all_of(text, allowed);
}

bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return is_control(c) && c != '\t'; });
}

std::unexpected<HttpError> unsendable(std::string message) {
  return std::unexpected(HttpError{HttpError::Kind::malformed, std::move(message)});
}

HttpError::Kind kind_of(const boost::system::error_code& error) {
  if (error == http::error::body_limit) return HttpError::Kind::too_large;
  if (error == http::error::partial_message || error == http::error::end_of_stream) return HttpError::Kind::connection;
  return HttpError::Kind::malformed;
}

std::string_view unpacked_encoding(std::string_view encoding) {
  return encoding == "identity" ? std::string_view() : encoding;
}

}  // namespace

std::expected<std::string, HttpError> render(const HttpRequest& request) {
  if (!is_token(request.method)) return unsendable("the request's method is not an HTTP token");
  if (std::ranges::any_of(request.url.target, is_control))
    return unsendable(fmt::format("a link to {} holds control characters", request.url.origin.authority()));
  std::string text = request.method + " ";
  for (const char c : request.url.target) c == ' ' ? text.append("%20") : text.append(1, c);
  text += fmt::format(" HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: {}\r\n", request.url.origin.authority(),
                      request.accepts_gzip ? "gzip" : "identity");
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_value(value))
      return unsendable(fmt::format("a header for {} holds a line break or another control character",
                                    request.url.origin.authority()));
    text += name + ": " + value + "\r\n";
  }
  if (!request.body.empty() || request.method != "GET")
    text += fmt::format("Content-Length: {}\r\n", request.body.size());
  return text + "\r\n" + request.body;
}

struct ResponseReader::Impl {
  Impl(std::string from, std::uint64_t max, Packed what) : peer(std::move(from)), max_body_bytes(max), packed(what) {
    begin();
  }

  void begin() {
    parser.emplace();
    parser->eager(true);
    parser->header_limit(kMaxHeadBytes);
    parser->body_limit(max_body_bytes);
    head_seen = false;
  }

  HttpError error(HttpError::Kind kind, std::string_view what) const {
    return {kind, fmt::format("{}: {}", peer, what)};
  }

  HttpError error(const boost::system::error_code& code) const {
    if (code == http::error::header_limit)
      return error(HttpError::Kind::malformed,
                   fmt::format("the answer's headers are larger than {} bytes", kMaxHeadBytes));
    switch (kind_of(code)) {
      case HttpError::Kind::too_large:
        return error(HttpError::Kind::too_large, fmt::format("the answer is larger than {} bytes", max_body_bytes));
      case HttpError::Kind::connection:
        return error(HttpError::Kind::connection, "the answer was cut off");
      default:
        return error(HttpError::Kind::malformed, "the answer is not valid HTTP: " + code.message());
    }
  }

  std::optional<HttpError> parse() {
    while (buffer.size() > 0 && !parser->is_done()) {
      boost::system::error_code code;
      const std::size_t used = parser->put(buffer.data(), code);
      buffer.consume(used);
      if (code && code != http::error::need_more) return error(code);
      if (auto problem = after_put()) return problem;
      if (code == http::error::need_more || used == 0) break;
    }
    return parser->is_done() ? finish() : std::nullopt;
  }

  std::optional<HttpError> after_put() {
    if (!parser->is_header_done()) return std::nullopt;
    if (!head_seen) {
      head_seen = true;
      if (auto problem = read_head()) return problem;
    }
    return move_body();
  }

  std::optional<HttpError> read_head() {
    const std::string_view encoding = unpacked_encoding(parser->get()[http::field::content_encoding]);
    const bool gzip = encoding == "gzip" || encoding == "x-gzip";
    if (gzip && packed == Packed::unpacked)
      gunzip = std::make_unique<Gunzip>(max_body_bytes);
    else if (!gzip && !encoding.empty())
      return error(HttpError::Kind::malformed, "the answer is packed in a way that was not asked for");
    else if (const auto size = parser->content_length())
      body.reserve(std::min<std::uint64_t>(*size, max_body_bytes));
    return std::nullopt;
  }

  /// What the parser gathered moves on at once, so that a packed body is never held whole.
  std::optional<HttpError> move_body() {
    std::string& piece = parser->get().body();
    if (piece.empty()) return std::nullopt;
    auto status = Gunzip::Status::ok;
    if (gunzip)
      status = gunzip->write(piece, body);
    else
      body += piece;
    piece.clear();
    switch (status) {
      case Gunzip::Status::ok:
        return std::nullopt;
      case Gunzip::Status::too_large:
        return error(HttpError::Kind::too_large,
                     fmt::format("the answer unpacks to more than {} bytes", max_body_bytes));
      case Gunzip::Status::malformed:
        break;
    }
    return error(HttpError::Kind::malformed, "the answer says that it is gzip, and is not");
  }

  std::optional<HttpError> finish() {
    const unsigned status = parser->get().result_int();
    if (status == 101 || ++responses > kMaxInterimResponses)
      return error(HttpError::Kind::malformed, "the answer is not one to the request");
    if (status < 200) {
      begin();
      return parse();
    }
    if (gunzip && !body.empty() && !gunzip->complete())
      return error(HttpError::Kind::connection, "the packed answer was cut off");
    complete = true;
    return std::nullopt;
  }

  std::string peer;
  std::uint64_t max_body_bytes;
  Packed packed;
  boost::beast::flat_buffer buffer;
  std::optional<Parser> parser;
  std::unique_ptr<Gunzip> gunzip;
  std::string body;
  bool head_seen = false;
  bool complete = false;
  int responses = 0;
};

ResponseReader::ResponseReader(std::string peer, std::uint64_t max_body_bytes, Packed packed)
    : impl_(std::make_unique<Impl>(std::move(peer), max_body_bytes, packed)) {}
ResponseReader::~ResponseReader() = default;

std::optional<HttpError> ResponseReader::write(std::string_view bytes) {
  const auto space = impl_->buffer.prepare(bytes.size());
  asio::buffer_copy(space, asio::buffer(bytes.data(), bytes.size()));
  impl_->buffer.commit(bytes.size());
  return impl_->parse();
}

std::optional<HttpError> ResponseReader::write_end() {
  if (impl_->complete) return std::nullopt;
  // Beast asserts that it has seen a byte of the message: after an interim answer it may have seen none of the next.
  if (!impl_->parser->got_some()) return impl_->error(HttpError::Kind::connection, "the answer was cut off");
  boost::system::error_code code;
  impl_->parser->put_eof(code);
  if (code) return impl_->error(code);
  if (!impl_->parser->is_done()) return impl_->error(HttpError::Kind::connection, "the answer was cut off");
  return impl_->finish();
}

bool ResponseReader::done() const { return impl_->complete; }

std::optional<unsigned> ResponseReader::status() const {
  if (!impl_->parser->is_header_done()) return std::nullopt;
  const unsigned status = impl_->parser->get().result_int();
  return status >= 200 ? std::optional(status) : std::nullopt;
}

bool ResponseReader::keeps_connection() const {
  return impl_->parser->keep_alive() && !impl_->parser->get().need_eof() && impl_->buffer.size() == 0;
}

HttpResponse ResponseReader::take() {
  HttpResponse response;
  response.status = impl_->parser->get().result_int();
  for (const auto& field : impl_->parser->get()) response.headers.emplace_back(field.name_string(), field.value());
  response.body = std::move(impl_->body);
  return response;
}

}  // namespace a2od::cloud
