#include "tests/tenant/filter.hpp"
#include "tests/tenant/services.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace a2od::tenant {
namespace {

constexpr std::string_view kApplications = "/v1.0/applications";
constexpr std::uint64_t kDefaultPage = 100;
constexpr std::uint64_t kLargestPage = 999;
constexpr std::array<std::string_view, 5> kOptions{"$select", "$top", "$filter", "$skiptoken", "$count"};

ApiReply refused(std::string_view code, std::string_view message) {
  return error_reply(Api::graph, 400, code, message);
}

json::object credential_body(const World& world, const Credential& credential) {
  const auto end = world.start() + credential.expires_in;
  json::object body{
      {"keyId", guid(world.scenario().seed, fmt::format("{} {}", credential.kind, credential.name))},
      {"displayName", credential.name},
      {"startDateTime", iso_time(end - 24h * 730)},
      {"endDateTime", iso_time(end)},
      {"customKeyIdentifier", nullptr},
  };
  if (credential.kind == "certificate") {
    body["type"] = "AsymmetricX509Cert";
    body["usage"] = "Verify";
  } else {
    body["hint"] = "a2o";
    body["secretText"] = nullptr;
  }
  return body;
}

json::array credentials_of(const World& world, std::string_view kind) {
  json::array list;
  for (const auto& credential : world.scenario().credentials)
    if (credential.kind == kind) list.push_back(credential_body(world, credential));
  return list;
}

/// Application 0 is ours; the others are there to be paged through.
json::object application(const World& world, std::uint64_t number) {
  const auto seed = world.scenario().seed;
  if (number > 0)
    return {{"id", guid(seed, fmt::format("object of application {}", number))},
            {"appId", guid(seed, fmt::format("application {}", number))},
            {"displayName", fmt::format("Application {}", number)},
            {"keyCredentials", json::array()},
            {"passwordCredentials", json::array()}};
  return {{"id", guid(seed, "object of our application")},
          {"appId", world.scenario().client_id},
          {"displayName", "a2od"},
          {"keyCredentials", credentials_of(world, "certificate")},
          {"passwordCredentials", credentials_of(world, "secret")}};
}

std::optional<std::uint64_t> number_option(const ApiRequest& request, std::string_view name, std::uint64_t otherwise) {
  const auto* option = request.option(name);
  if (option == nullptr) return otherwise;
  std::uint64_t number = 0;
  const auto* end = option->data() + option->size();
  if (std::from_chars(option->data(), end, number) != std::from_chars_result{end, {}}) return std::nullopt;
  return number;
}

std::string next_link(const ApiRequest& request, std::uint64_t next) {
  std::string link = "https://" + request.host + std::string(kApplications) + "?";
  for (const auto& [name, value] : request.options)
    if (name != "$skiptoken") link += name + "=" + value + "&";
  std::ranges::replace(link, ' ', '+');
  return link + "$skiptoken=" + std::to_string(next);
}

json::object selected(const json::object& row, const std::vector<std::string>& columns) {
  if (columns.empty()) return row;
  json::object result;
  for (const auto& column : columns) result[column] = row.at(column);
  return result;
}

ApiReply applications(const World& world, const ApiRequest& request) {
  for (const auto& [name, value] : request.options)
    if (name.starts_with('$') && std::ranges::find(kOptions, name) == kOptions.end())
      return refused("BadRequest", fmt::format("The query option '{}' is not supported.", name));
  const auto top = number_option(request, "$top", kDefaultPage);
  const auto first = number_option(request, "$skiptoken", 0);
  if (!top || *top == 0 || *top > kLargestPage)
    return refused("Request_UnsupportedQuery", "Invalid page size specified. Must be between 1 and 999 inclusive.");
  if (!first) return refused("BadRequest", "The $skiptoken is not one that this service issued.");
  const auto* select = request.option("$select");
  const auto columns = split_list(select == nullptr ? std::string_view() : *select);
  const auto known = application(world, 0);
  for (const auto& column : columns)
    if (!known.contains(column))
      return refused("BadRequest", fmt::format("Could not find a property named '{}' on type "
                                               "'microsoft.graph.application'.",
                                               column));
  Filter filter{.join = Filter::Join::all};
  if (const auto* text = request.option("$filter")) {
    const auto parsed = parse_filter(*text);
    if (!parsed) return refused("BadRequest", "Invalid filter clause.");
    filter = *parsed;
  }

  json::array rows;
  std::uint64_t at = *first;
  for (; at < world.scenario().applications && rows.size() < *top; ++at) {
    const auto row = application(world, at);
    if (satisfies(row, filter)) rows.push_back(selected(row, columns));
  }
  json::object body{{"@odata.context", "https://graph.microsoft.com/v1.0/$metadata#applications"},
                    {"value", std::move(rows)}};
  if (at < world.scenario().applications) body["@odata.nextLink"] = next_link(request, at);
  return {200, std::move(body), {}};
}

}  // namespace

ApiReply graph_api(const World& world, const ApiRequest& request) {
  if (request.path.starts_with("/v1.0/admin/serviceAnnouncement/")) return service_health_api(world, request);
  if (!request.path.starts_with(kApplications))
    return refused("BadRequest", fmt::format("Resource not found for the segment '{}'.", request.path));
  if (std::ranges::find(world.scenario().rights, "Application.Read.All") == world.scenario().rights.end())
    return error_reply(Api::graph, 403, "Authorization_RequestDenied",
                       "Insufficient privileges to complete the operation.");
  if (request.path == kApplications) return applications(world, request);
  const auto ours = fmt::format("{}(appId='{}')", kApplications, world.scenario().client_id);
  const auto own = application(world, 0);
  const auto by_object = fmt::format("{}/{}", kApplications, std::string_view(own.at("id").get_string()));
  if (request.path == ours || request.path == by_object) return {200, own, {}};
  return error_reply(Api::graph, 404, "Request_ResourceNotFound",
                     fmt::format("Resource '{}' does not exist.", request.path));
}

}  // namespace a2od::tenant
