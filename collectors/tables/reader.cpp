#include "collectors/tables/reader.hpp"

#include "collectors/fields.hpp"
#include "collectors/part.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

constexpr std::string_view kApi = "/api/data/v9.2/";
constexpr std::string_view kVersion = "@Microsoft.Dynamics.CRM.globalmetadataversion";

/// Whether a failure concerns the host and not what was asked of it.
bool closes_host(cloud::Cause cause) {
  using enum cloud::Cause;
  switch (cause) {
    case lookup:
    case connection:
    case tls:
    case timeout:
    case sign_in:
    case not_a_user:
    case admin_mode:
    case disabled:
    case throttled:
    case budget:
      return true;
    case denied:
    case absent:
    case server:
    case refused:
    case malformed:
      return false;
  }
  return false;
}

void read_privilege(const Fields& definition, TableSchema& schema) {
  for (const auto& privilege : definition.items({"Privileges"})) {
    if (privilege.text({"PrivilegeType"}) != "Read") continue;
    schema.read_privilege = privilege.text({"Name"}).value_or("");
    schema.read_privilege_id = privilege.text({"PrivilegeId"}).value_or("");
  }
}

}  // namespace

cloud::Request TableReader::request(std::string resource) const {
  cloud::Request request;
  request.service = cloud::Service::dataverse;
  request.base = run_.environment->url;
  request.target = std::string(kApi) + std::move(resource);
  request.headers.emplace_back("Prefer", fmt::format("odata.include-annotations=\"{},{}\"", kVersion.substr(1),
                                                     "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"));
  return request;
}

cloud::Request TableReader::request(const TableSchema& table, Query query) const {
  if (!table.attributes.empty())
    std::erase_if(query.select, [&](std::string_view column) { return !table.has(column); });
  return request(table.entity_set + options_of(query));
}

cloud::Failure TableReader::unreadable(std::string_view what, std::string_view fault) const {
  cloud::Failure failure;
  failure.cause = cloud::Cause::malformed;
  failure.status = 200;
  failure.message = fmt::format("{}: {} cannot be read: {}", run_.environment->url, what, fault);
  return failure;
}

void TableReader::note(const cloud::Failure& failure) {
  if (closes_host(failure.cause)) closed_ = failure;
  // A column may have gone since they were looked up.
  if (failure.cause == cloud::Cause::refused) run_.schemas.forget(run_.environment->url);
}

asio::awaitable<cloud::Reply<boost::json::value>> TableReader::send(cloud::Request request) {
  if (closed_) co_return std::unexpected(*closed_);
  auto answer = co_await run_.session.send(std::move(request));
  if (!answer) {
    note(answer.error());
    co_return std::unexpected(std::move(answer.error()));
  }
  run_.schemas.saw_version(run_.environment->url, cloud::get_string(answer->body, kVersion).value_or(""));
  co_return std::move(answer->body);
}

asio::awaitable<cloud::Reply<TableReader::Table>> TableReader::table(std::string_view logical) {
  if (const auto* known = run_.schemas.find(run_.environment->url, logical)) {
    if (known->schema) co_return known->schema;
    cloud::Failure absent;
    absent.cause = cloud::Cause::absent;
    absent.status = 404;
    absent.message = fmt::format("{}: there is no table '{}'", run_.environment->url, logical);
    co_return std::unexpected(std::move(absent));
  }
  auto found = co_await discover(logical);
  const bool absent = !found && found.error().cause == cloud::Cause::absent;
  if (found || absent) run_.schemas.learn(run_.environment->url, logical, found ? *found : nullptr);
  co_return found;
}

asio::awaitable<cloud::Reply<TableReader::Table>> TableReader::discover(std::string_view logical) {
  const auto base = fmt::format("EntityDefinitions(LogicalName='{}')", logical);
  const auto definition = co_await get(base + "?$select=LogicalName,EntitySetName,Privileges");
  if (!definition) co_return std::unexpected(definition.error());
  const auto attributes = co_await get(base + "/Attributes?$select=LogicalName");
  if (!attributes) co_return std::unexpected(attributes.error());
  std::string fault;
  TableSchema schema;
  const Fields table(*definition, "", fault);
  schema.entity_set = table.required_text({"EntitySetName"});
  read_privilege(table, schema);
  for (const auto& attribute : Fields(*attributes, "", fault).items({"value"}))
    schema.attributes.emplace(attribute.required_text({"LogicalName"}));
  if (!fault.empty()) co_return std::unexpected(unreadable(fmt::format("the metadata of table '{}'", logical), fault));
  co_return std::make_shared<const TableSchema>(std::move(schema));
}

asio::awaitable<cloud::Reply<boost::json::value>> TableReader::page(Table table, Query query) {
  auto asked = request(*table, std::move(query));
  co_return co_await send(std::move(asked));
}

asio::awaitable<cloud::Reply<std::vector<boost::json::value>>> TableReader::rows(Table table, Query query) {
  if (closed_) co_return std::unexpected(*closed_);
  auto asked = request(*table, std::move(query));
  auto rows = co_await run_.session.send_paged(std::move(asked));
  if (!rows) note(rows.error());
  co_return rows;
}

asio::awaitable<cloud::Reply<boost::json::value>> TableReader::get(std::string resource) {
  auto asked = request(std::move(resource));
  co_return co_await send(std::move(asked));
}

Part failed_part(const PartDescription& description, const TableSchema& table, const cloud::Failure& failure) {
  auto part = failed_part(description, failure);
  if (part.missing_right == description.right && !table.read_privilege.empty())
    part.missing_right = table.read_privilege;
  return part;
}

}  // namespace a2od
