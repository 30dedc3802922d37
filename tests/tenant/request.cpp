#include "tests/tenant/request.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace a2od::tenant {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

std::string without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  return lower_case(host.substr(0, host.ends_with(']') ? std::string_view::npos : colon));
}

std::string decoded_option(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decoded(spaced);
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), lower);
  return result;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char byte = 0;
    const bool escape = text[at] == '%' && at + 2 < text.size();
    const auto* end = text.data() + at + 3;
    if (escape && std::from_chars(text.data() + at + 1, end, byte, 16).ptr == end) {
      result += static_cast<char>(byte);
      at += 2;
    } else {
      result += text[at];
    }
  }
  return result;
}

Options decode_form(std::string_view text) {
  Options options;
  while (!text.empty()) {
    const auto part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    if (part.empty()) continue;
    const auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    options.emplace_back(decoded_option(part.substr(0, equals)), decoded_option(value));
  }
  return options;
}

bool matches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && lower(pattern[p]) == lower(text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

ApiRequest to_api_request(const HttpRequest& request) {
  ApiRequest result;
  result.method = request.method;
  result.host = without_port(request.header("Host"));
  result.target = request.target;
  const auto question = request.target.find('?');
  result.path = percent_decoded(std::string_view(request.target).substr(0, question));
  if (result.path.empty()) result.path = "/";
  if (question != std::string::npos)
    result.options = decode_form(std::string_view(request.target).substr(question + 1));
  result.headers = request.headers;
  result.body = request.body;
  return result;
}

const std::string* ApiRequest::option(std::string_view name) const {
  const auto found = std::ranges::find(options, name, &Options::value_type::first);
  return found == options.end() ? nullptr : &found->second;
}

std::string_view ApiRequest::header(std::string_view name) const {
  const auto wanted = lower_case(name);
  const auto found = std::ranges::find_if(headers, [&](const auto& h) { return lower_case(h.first) == wanted; });
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace a2od::tenant
