#include "collectors/jobs/jobs.hpp"

#include <algorithm>
#include <utility>

namespace a2od::jobs {
namespace {

struct Kind {
  int operation_type;
  std::string_view name;
};

/// The operation types of Dataverse (an open set) as of 2023-02. Those that are not here are "other".
constexpr Kind kByType[] = {
    {1, "plug_in"},
    {2, "email"},
    {3, "data_import"},
    {4, "data_import"},
    {5, "data_import"},
    {7, "duplicate_detection"},
    {8, "duplicate_detection"},
    {10, "workflow"},
    {12, "duplicate_detection"},
    {13, "bulk_delete"},
    {14, "maintenance"},
    {15, "maintenance"},
    {16, "maintenance"},
    {17, "data_import"},
    {18, "maintenance"},
    {19, "maintenance"},
    {20, "maintenance"},
    {21, "maintenance"},
    {22, "maintenance"},
    {23, "bulk_delete"},
    {24, "maintenance"},
    {25, "maintenance"},
    {26, "maintenance"},
    {28, "maintenance"},
    {29, "maintenance"},
    {30, "maintenance"},
    {31, "maintenance"},
    {32, "maintenance"},
    {38, "data_import"},
    {40, "rollup"},
    {41, "maintenance"},
    {42, "maintenance"},
    {43, "solution"},
    {44, "maintenance"},
    {45, "solution"},
    {46, "maintenance"},
    {47, "maintenance"},
    {50, "email"},
    {51, "email"},
    {52, "email"},
    {53, "maintenance"},
    {57, "rollup"},
    {58, "rollup"},
    {59, "solution"},
    {63, "maintenance"},
    {71, "solution"},
    {72, "solution"},
    {75, "flow"},
    {76, "solution"},
    {79, "flow"},
    {92, "flow"},
    {93, "solution"},
    {94, "bulk_delete"},
    {98, "virtual_table"},
    {100, "flow"},
    {101, "flow"},
    {102, "retention"},
    {201, "solution"},
    {202, "solution"},
    {203, "solution"},
    {204, "solution"},
    {207, "solution"},
    {208, "solution"},
    {209, "solution"},
    {210, "solution"},
    {211, "solution"},
    {300, "retention"},
    {301, "retention"},
    {302, "finance_operations"},
    {304, "retention"},
    {307, "virtual_table"},
    {308, "finance_operations"},
    {309, "finance_operations"},
};

/// Requests that run in the background are of type 54, whatever they do: their message says it.
constexpr int kAsyncRequest = 54;
constexpr std::string_view kSolutionMessages[] = {"ImportSolution", "ExportSolution",   "StageAndUpgrade",
                                                  "StageSolution",  "DeleteAndPromote", "UninstallSolution",
                                                  "PublishAll",     "ImportTranslation"};

}  // namespace

std::string_view kind_of(std::optional<double> operation_type, std::string_view message) {
  if (!operation_type) return "other";
  const int type = static_cast<int>(std::clamp(*operation_type, 0.0, 1e9));
  if (type == kAsyncRequest) {
    const bool of_solution =
        std::ranges::any_of(kSolutionMessages, [&](std::string_view known) { return message.starts_with(known); });
    return of_solution ? "solution" : "request";
  }
  const auto found = std::ranges::find(kByType, type, &Kind::operation_type);
  return found == std::end(kByType) ? "other" : found->name;
}

}  // namespace a2od::jobs
