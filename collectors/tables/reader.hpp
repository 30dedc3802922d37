// Reads the tables of one environment's Dataverse in one run: columns that the version has not got are left out of the
// queries, and a host that cannot be asked is asked once.
#pragma once

#include "collectors/collector.hpp"
#include "collectors/part.hpp"
#include "collectors/tables/findings.hpp"
#include "collectors/tables/query.hpp"
#include "collectors/tables/schema.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace a2od {

/// For one run, which must outlive it.
class TableReader {
 public:
  using Table = std::shared_ptr<const TableSchema>;

  explicit TableReader(Run& run) : run_(run) {}

  /// Of the logical name: "mailbox". A table that the environment has not got is a Failure with Cause::absent.
  boost::asio::awaitable<cloud::Reply<Table>> table(std::string_view logical);

  /// One page of up to 5,000 rows, as its body: `value`, `@odata.count`, `@odata.nextLink`. Columns of `select` that
  /// the table has not got are left out.
  boost::asio::awaitable<cloud::Reply<boost::json::value>> page(Table table, Query query);

  /// All pages.
  boost::asio::awaitable<cloud::Reply<std::vector<boost::json::value>>> rows(Table table, Query query);

  /// Whether the host as a whole cannot be asked now: what failed since may succeed in the next run.
  [[nodiscard]] bool closed() const { return closed_.has_value(); }

  /// Anything below /api/data/v9.2/, percent-encoded.
  boost::asio::awaitable<cloud::Reply<boost::json::value>> get(std::string resource);

  /// The failure of an answer of this host that was no error, and yet not what was asked for.
  [[nodiscard]] cloud::Failure unreadable(std::string_view what, std::string_view fault) const;

 private:
  [[nodiscard]] cloud::Request request(std::string resource) const;
  [[nodiscard]] cloud::Request request(const TableSchema& table, Query query) const;
  boost::asio::awaitable<cloud::Reply<boost::json::value>> send(cloud::Request request);
  boost::asio::awaitable<cloud::Reply<Table>> discover(std::string_view logical);
  void note(const cloud::Failure& failure);

  Run& run_;
  std::optional<cloud::Failure> closed_;  ///< of the host as a whole: it would answer the next request no better
};

/// The failure of a part whose right the table's metadata names: "prvReadMailbox".
[[nodiscard]] Part failed_part(const PartDescription& description, const TableSchema& table,
                               const cloud::Failure& failure);

/// One page of the part's table as a part; `decode` takes its body and returns Result<Findings>.
template <class Decode>
boost::asio::awaitable<Part> read_page(TableReader& reader, const PartDescription& description, Query query,
                                       Decode decode) {
  const auto table = co_await reader.table(description.table);
  if (!table) co_return failed_part(description, table.error());
  const auto page = co_await reader.page(*table, std::move(query));
  if (!page) co_return failed_part(description, **table, page.error());
  co_return found_part(description, decode(*page));
}

/// All rows of the part's table as a part; `decode` takes them and returns Result<Findings>.
template <class Decode>
boost::asio::awaitable<Part> read_rows(TableReader& reader, const PartDescription& description, Query query,
                                       Decode decode) {
  const auto table = co_await reader.table(description.table);
  if (!table) co_return failed_part(description, table.error());
  const auto rows = co_await reader.rows(*table, std::move(query));
  if (!rows) co_return failed_part(description, **table, rows.error());
  co_return found_part(description, decode(*rows));
}

}  // namespace a2od
