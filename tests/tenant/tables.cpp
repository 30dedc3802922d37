#include "tests/tenant/tables.hpp"

#include "config/duration.hpp"
#include "tests/tenant/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace a2od::tenant {

namespace json = boost::json;

namespace {

using enum ColumnType;

/// A stream of rows goes back no further, as clean-up jobs would see to.
constexpr std::uint64_t kMostOfAStream = 20'000;

constexpr Column kAsyncOperation[] = {{"asyncoperationid"},
                                      {"name"},
                                      {"operationtype", number},
                                      {"statecode", number},
                                      {"statuscode", number},
                                      {"createdon", time},
                                      {"startedon", time},
                                      {"completedon", time},
                                      {"modifiedon", time},
                                      {"postponeuntil", time},
                                      {"errorcode", number},
                                      {"friendlymessage"},
                                      {"message"},
                                      {"retrycount", number},
                                      {"messagename"},
                                      {"primaryentitytype"},
                                      {"recurrencepattern"},
                                      {"recurrencestarttime", time},
                                      {"executiontimespan", number}};
constexpr Column kBulkDelete[] = {{"bulkdeleteoperationid"}, {"name"},
                                  {"isrecurring", flag},     {"nextrun", time},
                                  {"successcount", number},  {"failurecount", number},
                                  {"statecode", number},     {"statuscode", number},
                                  {"createdon", time},       {"_asyncoperationid_value"}};
constexpr Column kImportJob[] = {{"importjobid"},     {"name"},          {"solutionname"},      {"progress", number},
                                 {"startedon", time}, {"importcontext"}, {"completedon", time}, {"operationcontext"},
                                 {"createdon", time}};
constexpr Column kImportFile[] = {{"importfileid"},
                                  {"name"},
                                  {"statecode", number},
                                  {"statuscode", number},
                                  {"processingstatus", number},
                                  {"totalcount", number},
                                  {"successcount", number},
                                  {"failurecount", number},
                                  {"partialfailurecount", number},
                                  {"completedon", time},
                                  {"createdon", time},
                                  {"modifiedon", time}};
constexpr Column kWorkflow[] = {{"workflowid"},         {"name"},
                                {"category", number},   {"statecode", number},
                                {"statuscode", number}, {"modernflowtype", number},
                                {"_ownerid_value"},     {"modifiedon", time},
                                {"ismanaged", flag},    {"type", number}};
constexpr Column kFlowRun[] = {
    {"flowrunid"}, {"name"},         {"status"},      {"starttime", time}, {"endtime", time},  {"duration", number},
    {"errorcode"}, {"errormessage"}, {"triggertype"}, {"_workflow_value"}, {"createdon", time}};
constexpr Column kFlowEvent[] = {{"floweventid"},  {"eventtype"},       {"eventcode"},
                                 {"eventcontent"}, {"createdon", time}, {"level", number}};
constexpr Column kPluginTrace[] = {{"plugintracelogid"},
                                   {"typename"},
                                   {"messagename"},
                                   {"primaryentity"},
                                   {"mode", number},
                                   {"operationtype", number},
                                   {"depth", number},
                                   {"performanceexecutionstarttime", time},
                                   {"performanceexecutionduration", number},
                                   {"performanceconstructorduration", number},
                                   {"correlationid"},
                                   {"createdon", time},
                                   {"exceptiondetails"},
                                   {"messageblock"}};
constexpr Column kMailbox[] = {{"mailboxid"},
                               {"name"},
                               {"emailaddress"},
                               {"statecode", number},
                               {"isforwardmailbox", flag},
                               {"emailrouteraccessapproval", number},
                               {"isemailaddressapprovedbyo365admin", flag},
                               {"incomingemaildeliverymethod", number},
                               {"outgoingemaildeliverymethod", number},
                               {"actdeliverymethod", number},
                               {"incomingemailstatus", number},
                               {"outgoingemailstatus", number},
                               {"actstatus", number},
                               {"acsoutgoingemailstatus", number},
                               {"mailboxstatus", number},
                               {"testmailboxaccesscompletedon", time},
                               {"enabledforincomingemail", flag},
                               {"enabledforoutgoingemail", flag},
                               {"enabledforact", flag},
                               {"lastsuccessfulsynccompletedon", time},
                               {"lastsyncstartedon", time},
                               {"lastsyncerror"},
                               {"lastsyncerrorcode", number},
                               {"lastsyncerrorcount", number},
                               {"lastsyncerroroccurredon", time},
                               {"itemsfailedforlastsync", number},
                               {"itemsprocessedforlastsync", number},
                               {"postponemailboxprocessinguntil", time},
                               {"receivingpostponeduntil", time},
                               {"transientfailurecount", number},
                               {"noemailcount", number},
                               {"noactcount", number},
                               {"forcedunlockcount", number},
                               {"processinglastattemptedon", time},
                               {"averagetotalduration", number},
                               {"lastduration", number},
                               {"_emailserverprofile_value"}};
constexpr Column kServerProfile[] = {{"emailserverprofileid"},
                                     {"name"},
                                     {"servertype", number},
                                     {"statecode", number},
                                     {"lasttestexecutionstatus", number},
                                     {"lasttestvalidationstatus", number},
                                     {"lastauthorizationstatus", number},
                                     {"lastteststarttime", time},
                                     {"lasttesttotalexecutiontime", number},
                                     {"lastcrmmessage"}};
constexpr Column kTraceLog[] = {
    {"tracelogid"},       {"level", number}, {"tracestatus", flag}, {"tracecode", number},       {"text"},
    {"errortypedisplay"}, {"machinename"},   {"createdon", time},   {"_regardingobjectid_value"}};
constexpr Column kLinkProfile[] = {{"synapselinkprofileid"},     {"name"},
                                   {"profilestate", number},     {"destinationsyncstate", number},
                                   {"profiletype", number},      {"activationtime", time},
                                   {"profileupdatedtime", time}, {"statecode", number},
                                   {"statuscode", number}};
constexpr Column kLinkTable[] = {{"synapselinkprofileentitystateid"},
                                 {"entityname"},
                                 {"entitysource", number},
                                 {"syncstate", number},
                                 {"initialsyncstate", number},
                                 {"metadatastate", number},
                                 {"synapsetablecreationstate", number},
                                 {"crmrecordcount", number},
                                 {"crmrecordcountmodifiedtime", time},
                                 {"lakerecordcount", number},
                                 {"lakerecordcountmodifiedtime", time},
                                 {"lastsynceddatatime", time},
                                 {"initialsyncdatacompletedtime", time},
                                 {"_profile_value"}};
constexpr Column kExternalTable[] = {{"synapselinkexternaltablestateid"},
                                     {"entityname"},
                                     {"tablestate", number},
                                     {"lastsyncstate", number},
                                     {"lakehouseshortcutstate", number},
                                     {"trinostate", number},
                                     {"lastsynchronizedon", time},
                                     {"recordcount", number}};
constexpr Column kDataflowRefresh[] = {{"msdyn_dataflowrefreshhistoryid"},
                                       {"msdyn_dataflowname"},
                                       {"msdyn_dataflowid"},
                                       {"msdyn_refreshtype", number},
                                       {"msdyn_refreshstatus", number},
                                       {"msdyn_starttime", time},
                                       {"msdyn_endtime", time},
                                       {"msdyn_errorinfojson"},
                                       {"msdyn_requestid"}};
constexpr Column kVirtualEntity[] = {{"mserp_financeandoperationsentityid"},
                                     {"mserp_physicalname"},
                                     {"mserp_hasbeengenerated", flag},
                                     {"mserp_changetrackingenabled", flag}};
constexpr Column kDualWriteMap[] = {
    {"msdyn_dualwriteentitymapid"}, {"msdyn_name"}, {"msdyn_displayname"}, {"msdyn_version"}};
constexpr Column kDualWriteConfig[] = {{"msdyn_dualwriteruntimeconfigid"},
                                       {"statecode", number},
                                       {"msdyn_externalentityname"},
                                       {"msdyn_internalentityname"}};

constexpr Table kDataverseTables[] = {
    {"asyncoperations", "asyncoperation", "asyncoperationid", "prvReadAsyncOperation", kAsyncOperation},
    {"bulkdeleteoperations", "bulkdeleteoperation", "bulkdeleteoperationid", "prvReadBulkDeleteOperation", kBulkDelete},
    {"importjobs", "importjob", "importjobid", "prvReadImportJob", kImportJob},
    {"importfiles", "importfile", "importfileid", "prvReadImportFile", kImportFile},
    {"workflows", "workflow", "workflowid", "prvReadWorkflow", kWorkflow},
    {"flowruns", "flowrun", "flowrunid", "prvReadFlowRun", kFlowRun},
    {"flowevents", "flowevent", "floweventid", "prvReadFlowEvent", kFlowEvent},
    {"plugintracelogs", "plugintracelog", "plugintracelogid", "prvReadPluginTraceLog", kPluginTrace},
    {"mailboxes", "mailbox", "mailboxid", "prvReadMailbox", kMailbox},
    {"emailserverprofiles", "emailserverprofile", "emailserverprofileid", "prvReadEmailServerProfile", kServerProfile},
    {"tracelogs", "tracelog", "tracelogid", "prvReadTraceLog", kTraceLog},
    {"synapselinkprofiles", "synapselinkprofile", "synapselinkprofileid", "prvReadSynapseLinkProfile", kLinkProfile},
    {"synapselinkprofileentitystates", "synapselinkprofileentitystate", "synapselinkprofileentitystateid",
     "prvReadSynapseLinkProfileEntityState", kLinkTable},
    {"synapselinkexternaltablestates", "synapselinkexternaltablestate", "synapselinkexternaltablestateid",
     "prvReadSynapseLinkExternalTableState", kExternalTable},
    {"msdyn_dataflowrefreshhistories", "msdyn_dataflowrefreshhistory", "msdyn_dataflowrefreshhistoryid",
     "prvReadmsdyn_DataflowRefreshHistory", kDataflowRefresh},
    {"mserp_financeandoperationsentities", "mserp_financeandoperationsentity", "mserp_financeandoperationsentityid",
     "prvReadmserp_FinanceAndOperationsEntity", kVirtualEntity},
    {"msdyn_dualwriteentitymaps", "msdyn_dualwriteentitymap", "msdyn_dualwriteentitymapid",
     "prvReadmsdyn_DualWriteEntityMap", kDualWriteMap},
    {"msdyn_dualwriteruntimeconfigs", "msdyn_dualwriteruntimeconfig", "msdyn_dualwriteruntimeconfigid",
     "prvReadmsdyn_DualWriteRuntimeConfig", kDualWriteConfig},
};

constexpr Column kBatchJob[] = {
    {"BatchJobRecId", number},   {"JobDescription"}, {"Status"},     {"StartDateTime", time}, {"EndDateTime", time},
    {"OrigStartDateTime", time}, {"Finishing"},      {"Recurrence"}, {"RuntimeJob"},          {"SaveJobToHistory"},
    {"CompanyAccounts"},         {"ExecutingBy"},    {"CanceledBy"}, {"PartitionKey", number}};
constexpr Column kExecutionDetail[] = {{"DefinitionGroupId"},
                                       {"JobId"},
                                       {"EntityName"},
                                       {"StagingStatus"},
                                       {"TargetStatus"},
                                       {"StagingStartDateTime", time},
                                       {"StagingEndDateTime", time},
                                       {"TargetStartDateTime", time},
                                       {"TargetEndDateTime", time},
                                       {"StagingRecordsToBeProcessedCount", number},
                                       {"StagingRecordsCreatedCount", number},
                                       {"TargetRecordsCreatedCount", number},
                                       {"TargetRecordsUpdatedCount", number}};

constexpr Table kFinanceOperationsTables[] = {
    {"BatchJobs", "BatchJob", "BatchJobRecId", "", kBatchJob},
    {"DataManagementExecutionJobDetails", "DataManagementExecutionJobDetail", "JobId", "", kExecutionDetail},
};

using Value = std::variant<std::string, double, bool, Milliseconds>;

std::optional<Milliseconds> relative_time(std::string_view text) {
  if (text == "0") return Milliseconds{};
  const bool past = text.starts_with('-');
  const auto parsed = parse_duration(past ? text.substr(1) : text);
  if (!parsed) return std::nullopt;
  return past ? -*parsed : *parsed;
}

std::optional<Value> read_value(ColumnType type, const std::string& text_) {
  switch (type) {
    case text:
      return Value(text_);
    case flag:
      if (text_ != "true" && text_ != "false") return std::nullopt;
      return Value(text_ == "true");
    case number: {
      double value = 0;
      const auto* end = text_.data() + text_.size();
      if (std::from_chars(text_.data(), end, value) != std::from_chars_result{end, {}}) return std::nullopt;
      return Value(value);
    }
    case time:
      if (const auto relative = relative_time(text_)) return Value(*relative);
      return std::nullopt;
  }
  return std::nullopt;
}

std::string_view expected(ColumnType type) {
  switch (type) {
    case flag:
      return "true or false";
    case number:
      return "a number";
    case time:
      return "a duration such as -3h";
    case text:
      break;
  }
  return "a text";
}

class RowReader {
 public:
  RowReader(const Table& table, Problems& problems) : table_(table), problems_(problems) {}

  RowTemplate read(const Node& node) {
    RowTemplate row;
    if (node.kind() != Node::Kind::mapping) problem(node.position(), "a row must be a mapping");
    for (const auto& entry : node.entries()) read_entry(entry, row);
    return row;
  }

 private:
  void read_entry(const Node::Entry& entry, RowTemplate& row) {
    const auto where = entry.value.position();
    if (entry.key == "count" || entry.key == "every") {
      const auto value = read_value(entry.key == "count" ? number : time, entry.value.text());
      if (!value) return problem(where, fmt::format("'{}' cannot be '{}'", entry.key, entry.value.text()));
      if (const auto* many = std::get_if<double>(&*value)) row.count = static_cast<std::uint64_t>(std::max(0.0, *many));
      if (const auto* every = std::get_if<Milliseconds>(&*value)) row.every = std::max(Milliseconds{}, *every);
      return;
    }
    const auto* column = table_.column(entry.key);
    if (column == nullptr)
      return problem(entry.position, fmt::format("'{}' has no column '{}'", table_.set, entry.key));
    if (entry.value.kind() == Node::Kind::null) return;
    auto value = read_value(column->type, entry.value.text());
    if (!value)
      return problem(where,
                     fmt::format("'{}' is '{}', expected {}", entry.key, entry.value.text(), expected(column->type)));
    row.values.emplace(entry.key, std::move(*value));
  }

  void problem(Position where, std::string message) { problems_.push_back({{}, where, std::move(message)}); }

  const Table& table_;
  Problems& problems_;
};

json::value shown(const Value& value, Timestamp moment) {
  if (const auto* words = std::get_if<std::string>(&value)) return json::value(*words);
  if (const auto* flag_ = std::get_if<bool>(&value)) return *flag_;
  if (const auto* relative = std::get_if<Milliseconds>(&value))
    return json::value(fmt::format("{}Z", iso_time(moment + *relative).substr(0, 19)));
  const double amount = std::get<double>(value);
  const auto whole = static_cast<std::int64_t>(amount);
  if (static_cast<double>(whole) == amount) return whole;
  return amount;
}

json::value made_up_key(const Table& table, std::string_view origin, std::string_view name) {
  const auto id = guid(1, fmt::format("{} {} {}", origin, table.set, name));
  if (table.column(table.key)->type == text) return json::value(id);
  return static_cast<std::int64_t>(std::stoull(id.substr(0, 8), nullptr, 16));
}

}  // namespace

const Column* Table::column(std::string_view name) const {
  const auto found = std::ranges::find(columns, name, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

std::span<const Table> dataverse_tables() { return kDataverseTables; }
std::span<const Table> finance_operations_tables() { return kFinanceOperationsTables; }

const Table* table_of_set(std::string_view set) {
  for (const auto tables : {dataverse_tables(), finance_operations_tables()})
    if (const auto found = std::ranges::find(tables, set, &Table::set); found != tables.end()) return &*found;
  return nullptr;
}

void read_tables(const Node& node, TableRows& tables, Problems& problems) {
  if (node.kind() != Node::Kind::mapping) problems.push_back({{}, node.position(), "tables must be a mapping"});
  for (const auto& entry : node.entries()) {
    const auto* table = table_of_set(entry.key);
    if (table == nullptr) {
      problems.push_back({{}, entry.position, fmt::format("there is no table '{}'", entry.key)});
      continue;
    }
    auto& rows = tables[entry.key];
    rows.clear();
    RowReader reader(*table, problems);
    for (const auto& item : entry.value.items()) rows.push_back(reader.read(item));
  }
}

std::vector<json::object> rows_at(const Table& table, const TableRows& tables, Timestamp start, Timestamp now,
                                  std::string_view origin) {
  std::vector<json::object> rows;
  const auto given = tables.find(std::string(table.set));
  if (given == tables.end()) return rows;
  std::size_t number_of_template = 0;
  for (const auto& row : given->second) {
    const auto steps = row.every > Milliseconds{} && now > start ? static_cast<std::uint64_t>((now - start) / row.every)
                                                                 : std::uint64_t{0};
    const auto first = steps > kMostOfAStream ? steps - kMostOfAStream : 0;
    for (auto step = first; step <= steps; ++step) {
      const auto moment = start + row.every * static_cast<std::int64_t>(step);
      for (std::uint64_t copy = 0; copy < row.count; ++copy) {
        json::object made;
        for (const auto& column : table.columns) made[column.name] = nullptr;
        made[table.key] = made_up_key(table, origin, fmt::format("{} {} {}", number_of_template, step, copy));
        for (const auto& [name, value] : row.values) made[name] = shown(value, moment);
        rows.push_back(std::move(made));
      }
    }
    ++number_of_template;
  }
  return rows;
}

}  // namespace a2od::tenant
