#include "collectors/cloud/paging.hpp"

#include "collectors/cloud/json.hpp"

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <functional>

namespace a2od::cloud {

namespace json = boost::json;

namespace {

constexpr std::string_view kListKeys[] = {"value", "collection", "objectResult", "data"};
constexpr std::string_view kLinkKeys[] = {"@odata.nextLink", "@odata.nextlink", "odata.nextLink", "nextLink"};
constexpr std::string_view kTokenKeys[] = {"continuationToken", "continuationtoken"};
constexpr std::size_t kMaxLink = 16U << 10U;

/// Hosts of a region or a tenant stand below the host of these services; elsewhere only the very same is trusted.
bool has_hosts_below(Service service) { return service == Service::admin || service == Service::power_platform; }

bool is_trusted(Service service, const Origin& link, const Origin& own) {
  if (link.scheme != own.scheme || link.port != own.port) return false;
  return link.host == own.host || (has_hosts_below(service) && link.host.ends_with("." + own.host));
}

json::array* list_of(json::object& page) {
  for (const std::string_view key : kListKeys)
    if (json::value* found = page.if_contains(key); found != nullptr && found->is_array()) return &found->get_array();
  return nullptr;
}

/// The first of `keys` that is there and not null.
const json::value* first_of(const json::object& page, std::span<const std::string_view> keys, std::string_view& found) {
  for (const std::string_view key : keys) {
    const json::value* value = page.if_contains(key);
    if (value == nullptr || value->is_null()) continue;
    found = key;
    return value;
  }
  return nullptr;
}

/// Resource queries are continued in their body: Options.SkipToken.
std::optional<std::string> with_skip_token(std::string_view body, std::string_view token) {
  auto query = parse_json(body);
  if (!query || !query->is_object()) return std::nullopt;
  json::value& options = query->get_object()["Options"];
  if (!options.is_object()) options = json::object();
  options.get_object()["SkipToken"] = token;
  return json::serialize(*query);
}

}  // namespace

std::string with_parameter(std::string_view target, std::string_view name, std::string_view value) {
  const std::string field = form_field(name, value);
  const std::size_t query = target.find('?');
  if (query == std::string_view::npos) return fmt::format("{}?{}", target, field);
  std::string result(target.substr(0, query));
  char separator = '?';
  for (std::string_view rest = target.substr(query + 1); !rest.empty();) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (parameter.substr(0, parameter.find('=')) == name) continue;
    result += separator;
    result += parameter;
    separator = '&';
  }
  return fmt::format("{}{}{}", result, separator, field);
}

Pager::Pager(Request request, Url address, PageLimits limits)
    : first_(std::move(request)), address_(std::move(address)), limits_(limits) {
  seen_.insert(std::hash<std::string>()(first_.base + first_.target + first_.body));
}

std::unexpected<Failure> Pager::malformed(std::string_view what) const {
  Failure failure;
  failure.cause = Cause::malformed;
  failure.status = 200;
  failure.message = fmt::format("{}: {}", address_.origin.authority(), what);
  return std::unexpected(std::move(failure));
}

Reply<std::optional<Request>> Pager::take(json::value page) {
  json::object* object = page.if_object();
  json::array* list = object != nullptr ? list_of(*object) : nullptr;
  if (list == nullptr) return malformed("a page without a list of items");
  if (items_.size() + list->size() > limits_.items)
    return malformed(fmt::format("a list of more than {} items", limits_.items));
  for (json::value& item : *list) items_.push_back(std::move(item));
  auto following = next(*object);
  if (!following || !*following) return following;
  if (++pages_ >= limits_.pages) return malformed(fmt::format("a list of more than {} pages", limits_.pages));
  const Request& request = **following;
  if (!seen_.insert(std::hash<std::string>()(request.base + request.target + request.body)).second)
    return malformed("a next page that was read already");
  return following;
}

Reply<std::optional<Request>> Pager::next(const json::object& page) {
  Request request = first_;
  std::string_view key;
  if (const json::value* link = first_of(page, kLinkKeys, key)) {
    if (!link->is_string()) return malformed("a next link that is not a text");
    if (link->get_string().empty()) return std::nullopt;
    auto followed = follow(std::string_view(link->get_string()));
    if (!followed) return std::unexpected(std::move(followed.error()));
    const auto slash = followed->find('/', std::string_view("https://").size());
    request.base = followed->substr(0, slash);
    request.target = followed->substr(slash);
    return request;
  }
  if (const json::value* token = first_of(page, kTokenKeys, key)) {
    if (!token->is_string()) return malformed("a continuation token that is not a text");
    if (token->get_string().empty()) return std::nullopt;
    request.target = with_parameter(first_.target, key, std::string_view(token->get_string()));
    return request;
  }
  constexpr std::string_view kSkip[] = {"skipToken"};
  const json::value* skip = first_of(page, kSkip, key);
  if (skip == nullptr || as_number(page.if_contains("resultTruncated")).value_or(0) != 0) return std::nullopt;
  if (!skip->is_string() || skip->get_string().empty()) return std::nullopt;
  auto body = with_skip_token(first_.body, std::string_view(skip->get_string()));
  if (!body) return malformed("a continued query whose own body is not JSON");
  request.body = std::move(*body);
  return request;
}

/// The whole address of the next page. All behind the host stays byte for byte what the service wrote.
Reply<std::string> Pager::follow(std::string_view link) const {
  if (link.size() > kMaxLink) return malformed("a next link of more than 16 KiB");
  const std::string own = "https://" + address_.origin.authority();
  if (link.starts_with('/') && !link.starts_with("//")) return own + std::string(link);
  const auto url = parse_url(link);
  if (!url) return malformed("a next link that is no address: " + url.error().message);
  const std::string target = url->target;
  if (is_trusted(first_.service, url->origin, address_.origin)) return "https://" + url->origin.authority() + target;
  // Finance and operations may name itself by an internal host: the path is asked for where the first page was.
  const bool moves = first_.service == Service::finance_operations && target.starts_with("/data/");
  if (moves) return own + target;
  return malformed(fmt::format("a next link to another host, {}", url->origin.host));
}

}  // namespace a2od::cloud
