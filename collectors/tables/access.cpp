#include "collectors/tables/access.hpp"

#include "collectors/environment_url.hpp"
#include "collectors/fields.hpp"
#include "config/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace a2od {

namespace asio = boost::asio;

namespace {

asio::awaitable<cloud::Reply<std::set<std::string>>> read_privileges(TableReader& reader) {
  const auto identity = co_await reader.get("WhoAmI");
  if (!identity) co_return std::unexpected(identity.error());
  std::string fault;
  const std::string user(Fields(*identity, "", fault).required_text({"UserId"}));
  if (!fault.empty() || !is_environment_id(user))
    co_return std::unexpected(reader.unreadable("the answer of WhoAmI", fault));
  const auto answer =
      co_await reader.get(fmt::format("systemusers({})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges", user));
  if (!answer) co_return std::unexpected(answer.error());
  auto privileges = decode_privileges(*answer);
  if (!privileges)
    co_return std::unexpected(reader.unreadable("the answer of RetrieveUserPrivileges", privileges.error().message));
  co_return std::move(*privileges);
}

}  // namespace

Result<std::set<std::string>> decode_privileges(const boost::json::value& body) {
  std::string fault;
  std::set<std::string> held;
  for (const auto& privilege : Fields(body, "", fault).items({"RolePrivileges"})) {
    for (const std::string_view key : {"PrivilegeName", "PrivilegeId"})
      if (const auto text = privilege.text({key})) held.insert(lower_case(*text));
  }
  if (!fault.empty()) return failure(std::move(fault));
  if (held.empty()) return failure("RolePrivileges: expected the privileges of our roles, found none");
  return held;
}

asio::awaitable<cloud::Reply<std::vector<TableAccess>>> read_access(TableReader& reader,
                                                                    std::vector<std::string> tables) {
  const auto held = co_await read_privileges(reader);
  if (!held) co_return std::unexpected(held.error());
  std::vector<TableAccess> all;
  for (auto& name : tables) {
    const auto table = co_await reader.table(name);
    TableAccess access{.table = std::move(name)};
    if (table) {
      access.privilege = (*table)->read_privilege;
      const bool has =
          held->contains(lower_case(access.privilege)) || held->contains(lower_case((*table)->read_privilege_id));
      access.right = has ? TableRight::held : TableRight::missing;
    } else if (table.error().cause == cloud::Cause::absent) {
      access.right = TableRight::no_table;
    } else {
      access.why = table.error().message;
    }
    all.push_back(std::move(access));
  }
  co_return all;
}

}  // namespace a2od
