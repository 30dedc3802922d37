// What an identity may read of an environment's Dataverse, compared with what collectors want to read.
#pragma once

#include "collectors/tables/reader.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

enum class TableRight : std::uint8_t {
  held,
  missing,
  no_table,  ///< the environment has not got it: nothing to grant
  unknown,   ///< its metadata could not be read
};

struct TableAccess {
  std::string table;
  TableRight right = TableRight::unknown;
  std::string privilege;  ///< "prvReadMailbox", as the metadata names it
  std::string why;        ///< of what is unknown
};

/// The privileges that roles give a user, by name and by id in lower case: the entries of RetrieveUserPrivileges have
/// the one or the other (no recorded body of it is known).
[[nodiscard]] Result<std::set<std::string>> decode_privileges(const boost::json::value& body);

/// In the order of `tables`.
boost::asio::awaitable<cloud::Reply<std::vector<TableAccess>>> read_access(TableReader& reader,
                                                                           std::vector<std::string> tables);

}  // namespace a2od
