#include "tests/tenant/table_query.hpp"

#include "collectors/cloud/json.hpp"
#include "tests/tenant/filter.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace a2od::tenant {
namespace {

constexpr std::size_t kLargestCount = 5000;  // of $count=true
constexpr std::size_t kMostGroups = 5000;

/// What a query is refused with; thrown within this file only.
struct Refusal {
  ApiReply reply;
};

class Evaluation {
 public:
  Evaluation(const TableQuery& query, const ApiRequest& request) : query_(query), request_(request) {}

  json::object run(std::vector<json::object> rows) {
    if (const auto* text = request_.option("$filter")) keep(rows, *text);
    const auto* apply = request_.option("$apply");
    if (apply != nullptr) {
      if (request_.option("$orderby") != nullptr) refuse("The $orderby option is not supported with aggregates.");
      return aggregated(std::move(rows), *apply);
    }
    order(rows);
    return page(std::move(rows));
  }

 private:
  [[noreturn]] void refuse(std::string_view message, std::string_view code = "0x80060888") const {
    throw Refusal{error_reply(query_.api, 400, code, message)};
  }

  /// The code is a guess: recorded bodies of this refusal are not known, only that one unknown column fails the query.
  void require_column(std::string_view name) const {
    if (query_.table.column(name) != nullptr && !query_.absent_columns.contains(std::string(name))) return;
    refuse(fmt::format("Could not find a property named '{}' on type 'Microsoft.Dynamics.CRM.{}'.", name,
                       query_.table.logical));
  }

  void keep(std::vector<json::object>& rows, std::string_view text) const {
    const auto filter = parse_filter(text);
    if (!filter) refuse(fmt::format("Syntax error in the $filter '{}'.", text));
    for (const auto& name : names_of(*filter)) require_column(name);
    std::erase_if(rows, [&](const json::object& row) { return !satisfies(row, *filter); });
  }

  void order(std::vector<json::object>& rows) const {
    const auto* text = request_.option("$orderby");
    if (text == nullptr) return;
    const auto terms = split_list(*text);
    if (terms.size() != 1) refuse("This service orders by one column only.");  // ours alone, not Microsoft's
    const auto name = terms.front().substr(0, terms.front().find(' '));
    require_column(name);
    const bool descending = terms.front().ends_with(" desc");
    const auto less = [&](std::size_t a, std::size_t b) {
      const auto& left = rows[a].at(name);
      const auto& right = rows[b].at(name);
      if (left.is_null() || right.is_null()) return left.is_null() && !right.is_null();
      if (left.is_number() && right.is_number()) return left.to_number<double>() < right.to_number<double>();
      return json::serialize(left) < json::serialize(right);
    };
    std::vector<std::size_t> places(rows.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::sort(places, [&](std::size_t a, std::size_t b) {
      const bool before = descending ? less(b, a) : less(a, b);
      const bool after = descending ? less(a, b) : less(b, a);
      return before || (!after && a < b);
    });
    std::vector<json::object> ordered;
    for (const auto place : places) ordered.push_back(std::move(rows[place]));
    rows = std::move(ordered);
  }

  std::size_t number_option(std::string_view name, std::size_t standard) const {
    const auto* text = request_.option(name);
    if (text == nullptr) return standard;
    std::size_t value = 0;
    const auto* end = text->data() + text->size();
    if (std::from_chars(text->data(), end, value) != std::from_chars_result{end, {}})
      refuse(fmt::format("'{}' is not a number.", *text));
    return value;
  }

  [[nodiscard]] bool prefers(std::string_view what) const {
    return std::ranges::any_of(request_.headers, [&](const auto& header) {
      return lower_case(header.first) == "prefer" && header.second.contains(what);
    });
  }

  std::size_t page_size() const {
    constexpr std::string_view kName = "odata.maxpagesize=";
    std::size_t size = query_.largest_page;
    for (const auto& [name, value] : request_.headers) {
      const auto at = value.find(kName);
      if (lower_case(name) != "prefer" || at == std::string::npos) continue;
      std::from_chars(value.data() + at + kName.size(), value.data() + value.size(), size);
    }
    return std::clamp<std::size_t>(size, 1, query_.largest_page);
  }

  json::object envelope() const {
    json::object body{{"@odata.context", fmt::format("{}/$metadata#{}", query_.root, query_.table.set)}};
    if (prefers("globalmetadataversion"))
      body["@Microsoft.Dynamics.CRM.globalmetadataversion"] = query_.metadata_version;
    return body;
  }

  json::object selected(const json::object& row, const std::vector<std::string>& columns) const {
    json::object result{{"@odata.etag", "W/\"1\""}};
    result[query_.table.key] = row.at(query_.table.key);
    for (const auto& column : columns) result[column] = row.at(column);
    if (columns.empty())
      for (const auto& member : row)
        if (!query_.absent_columns.contains(std::string(member.key()))) result[member.key()] = member.value();
    return result;
  }

  json::object page(std::vector<json::object> rows) const {
    const auto* select = request_.option("$select");
    const auto columns = split_list(select == nullptr ? std::string_view() : *select);
    for (const auto& column : columns) require_column(column);
    auto body = envelope();
    const auto* count = request_.option("$count");
    if (count != nullptr && *count == "true") {
      body["@odata.count"] = std::min(rows.size(), kLargestCount);
      if (prefers("totalrecordcount"))
        body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] = rows.size() > kLargestCount;
    }
    // $top is silently ignored when a page size is asked for, too.
    const bool pages = prefers("odata.maxpagesize=");
    if (!pages) rows.resize(std::min(rows.size(), number_option("$top", rows.size())));
    const auto first = std::min(number_option("$skiptoken", 0), rows.size());
    const auto last = std::min(first + page_size(), rows.size());
    json::array items;
    for (auto at = first; at < last; ++at) items.push_back(selected(rows[at], columns));
    body["value"] = std::move(items);
    if (last < rows.size()) {
      auto target = request_.target;
      if (const auto token = target.find("$skiptoken="); token != std::string::npos) target.resize(token - 1);
      body["@odata.nextLink"] = fmt::format("https://{}{}&$skiptoken={}", request_.host, target, last);
    }
    return body;
  }

  // ---- $apply ----

  struct Measure {
    std::string column;  ///< "$count" counts rows
    std::string function;
    std::string name;
  };

  /// "word(inner)" as its inner part; takes it off `text`.
  static std::optional<std::string> call(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word) || text.substr(word.size()).empty() || text[word.size()] != '(') return std::nullopt;
    int open = 0;
    for (auto at = word.size(); at < text.size(); ++at) {
      open += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
      if (open > 0) continue;
      auto inner = std::string(text.substr(word.size() + 1, at - word.size() - 1));
      text.remove_prefix(at + 1);
      return inner;
    }
    return std::nullopt;
  }

  std::vector<Measure> measures_of(std::string_view text) const {
    std::vector<Measure> measures;
    for (const auto& part : split_list(text)) {
      const auto as = part.find(" as ");
      const auto with = part.find(" with ");
      if (as == std::string::npos) refuse(fmt::format("Syntax error in the aggregate '{}'.", part));
      Measure measure{.column = part.substr(0, std::min(with, as)), .function = "count", .name = part.substr(as + 4)};
      if (with != std::string::npos) measure.function = part.substr(with + 6, as - with - 6);
      const bool counts = measure.column == "$count" && with == std::string::npos;
      const bool known = measure.function == "min" || measure.function == "max" || measure.function == "sum";
      if (!counts && (!known || with == std::string::npos)) refuse(fmt::format("Cannot aggregate '{}'.", part));
      if (!counts) require_column(measure.column);
      measures.push_back(std::move(measure));
    }
    return measures;
  }

  static bool replaces(const Measure& measure, const json::value& candidate, const json::value& present) {
    if (present.is_null()) return true;
    const auto left = json::serialize(candidate);
    const auto right = json::serialize(present);
    const bool numbers = candidate.is_number() && present.is_number();
    const bool less = numbers ? candidate.to_number<double>() < present.to_number<double>() : left < right;
    return measure.function == "min" ? less : !less;
  }

  static void add(const Measure& measure, const json::object& row, json::object& group) {
    auto& present = group[measure.name];
    if (measure.column == "$count") {
      present = (present.is_null() ? 0 : present.as_int64()) + 1;
      return;
    }
    const auto& candidate = row.at(measure.column);
    if (candidate.is_null()) return;
    if (measure.function == "sum")
      present = (present.is_null() ? 0.0 : present.to_number<double>()) + candidate.to_number<double>();
    else if (replaces(measure, candidate, present))
      present = candidate;
  }

  json::object aggregated(std::vector<json::object> rows, std::string_view apply) const {
    if (auto filter = call(apply, "filter")) {
      keep(rows, *filter);
      if (!apply.starts_with('/')) refuse("Syntax error in $apply.");
      apply.remove_prefix(1);
    }
    const auto grouping = call(apply, "groupby");
    if (!grouping || !apply.empty()) refuse("Syntax error in $apply.");
    const auto parts = split_list(*grouping);
    if (parts.size() != 2 || !parts[0].starts_with('(') || !parts[0].ends_with(')')) refuse("Syntax error in groupby.");
    const auto columns = split_list(std::string_view(parts[0]).substr(1, parts[0].size() - 2));
    for (const auto& column : columns) {
      require_column(column);
      if (query_.table.column(column)->type == ColumnType::time) refuse("Grouping by a date is not supported.");
    }
    std::string_view second = parts[1];
    const auto aggregate = call(second, "aggregate");
    if (!aggregate) refuse("Syntax error in aggregate.");
    if (rows.size() > query_.largest_aggregate)
      refuse("AggregateQueryRecordLimit exceeded. Cannot perform this operation.", "0x8004e023");
    return groups(rows, columns, measures_of(*aggregate));
  }

  json::object groups(const std::vector<json::object>& rows, const std::vector<std::string>& columns,
                      const std::vector<Measure>& measures) const {
    std::map<std::string, json::object> groups;
    for (const auto& row : rows) {
      json::array key;
      for (const auto& column : columns) key.push_back(row.at(column));
      auto& group = groups[json::serialize(key)];
      for (const auto& column : columns) group[column] = row.at(column);
      for (const auto& measure : measures) add(measure, row, group);
    }
    auto body = envelope();
    json::array items;
    for (auto& [key, group] : groups)
      if (items.size() < kMostGroups) items.push_back(std::move(group));
    body["value"] = std::move(items);
    return body;
  }

  const TableQuery& query_;
  const ApiRequest& request_;
};

}  // namespace

ApiReply answer_query(const TableQuery& query, std::vector<json::object> rows, const ApiRequest& request) {
  try {
    return {200, Evaluation(query, request).run(std::move(rows)), {}};
  } catch (Refusal& refusal) {
    return std::move(refusal.reply);
  }
}

}  // namespace a2od::tenant
