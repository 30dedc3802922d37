#include "tests/end_to_end/parity/story.hpp"

namespace a2od::end_to_end {
namespace {

using namespace std::chrono_literals;

constexpr Incident kStory[] = {
    {0s, "two mailboxes of Contoso Service fail", "POST", "/control/environments",
     R"({"name": "Contoso Service", "tables": {"mailboxes": [
           {"name": "Service queue", "statecode": 0, "incomingemaildeliverymethod": 2,
            "outgoingemaildeliverymethod": 2, "incomingemailstatus": 1, "outgoingemailstatus": 1,
            "emailrouteraccessapproval": 1, "lastsuccessfulsynccompletedon": "-5m", "count": 38},
           {"name": "Complaints", "statecode": 0, "incomingemaildeliverymethod": 2,
            "outgoingemaildeliverymethod": 2, "incomingemailstatus": 2, "outgoingemailstatus": 1,
            "emailrouteraccessapproval": 1, "lastsuccessfulsynccompletedon": "-3d", "count": 2}]}})"},
    {0s, "Contoso Depot is put into administration mode", "POST", "/control/environments",
     R"({"name": "Contoso Depot", "state": "admin_mode"})"},
    {0s, "licences run out: storage is over its limit", "POST", "/control/entitlements", R"({"database": "12GiB"})"},
    {1s, "Contoso Training and Contoso UAT are disabled", "POST", "/control/environments",
     R"([{"name": "Contoso Training", "state": "disabled"}, {"name": "Contoso UAT", "state": "disabled"}])"},
    {1s, "a job of Contoso Production hangs", "POST", "/control/environments",
     R"({"name": "Contoso Production", "tables": {"asyncoperations": [
           {"name": "Import", "operationtype": 54, "statecode": 2, "statuscode": 20, "createdon": "-5h",
            "startedon": "-5h"}]}})"},
    {2s, "Contoso Field is cut off", "POST", "/control/environments",
     R"({"name": "Contoso Field", "reachable": false})"},
    {4s, "a secret expires in five days", "POST", "/control/credentials",
     R"([{"name": "a2od secret", "kind": "secret", "expires_in": "5d"}])"},
    {10s, "jobs of Contoso Production cannot be read any more", "POST", "/control/faults",
     R"({"name": "jobs", "route": "contoso-production.*/asyncoperations*", "kind": "server_error", "status": 500})",
     "JobsStuck Contoso Production"},
    {12s, "mailboxes of Contoso Service cannot be read any more", "POST", "/control/faults",
     R"({"name": "mailboxes", "route": "contoso-service.*/mailboxes*", "kind": "server_error", "status": 500})"},
    {13s, "Contoso Training is back", "POST", "/control/environments",
     R"({"name": "Contoso Training", "state": "enabled"})"},
    {14s, "licences are bought", "POST", "/control/entitlements", R"({"database": "100GiB"})"},
    {14s, "Contoso Depot is cut off", "POST", "/control/environments",
     R"({"name": "Contoso Depot", "reachable": false})"},
    {16s, "Graph throttles", "POST", "/control/faults",
     R"({"name": "graph", "route": "graph.microsoft.com/*", "kind": "throttle", "retry_after": "2"})"},
    {18s, "Contoso Field is put into administration mode", "POST", "/control/environments",
     R"({"name": "Contoso Field", "state": "admin_mode"})"},
    {20s, "a flow of Contoso Finance fails again and again", "POST", "/control/environments",
     R"({"name": "Contoso Finance", "tables": {
           "workflows": [{"workflowid": "00000000-0000-0000-0000-00000000f102", "name": "Thank the customer",
                          "category": 5, "statecode": 1, "statuscode": 2}],
           "flowruns": [{"status": "Failed", "endtime": "0s", "every": "2s", "errorcode": "Unauthorized",
                         "_workflow_value": "00000000-0000-0000-0000-00000000f102"}]}})"},
    {24s, "the job of Contoso Production has ended", "POST", "/control/environments",
     R"({"name": "Contoso Production", "tables": {"asyncoperations": []}})"},
    {26s, "Contoso UAT is back", "POST", "/control/environments", R"({"name": "Contoso UAT", "state": "enabled"})"},
    {28s, "some licences run out again", "POST", "/control/entitlements", R"({"database": "12GiB"})"},
    {28s, "Graph throttles no more", "DELETE", "/control/faults/graph"},
    {30s, "the secret is replaced", "POST", "/control/credentials",
     R"([{"name": "a2od secret", "kind": "secret", "expires_in": "300d"}])"},
    {30s, "a region is down", "POST", "/control/faults",
     R"([{"name": "region", "route": "contoso-north.*", "kind": "server_error"},
         {"name": "region", "route": "contoso-south.*", "kind": "server_error"},
         {"name": "region", "route": "contoso-west.*", "kind": "server_error"}])"},
    {31s, "administration of Contoso Field is over", "POST", "/control/environments",
     R"({"name": "Contoso Field", "state": "enabled"})"},
    {31s, "administration of Contoso Depot is over: its alert ends while it is inhibited", "POST",
     "/control/environments", R"({"name": "Contoso Depot", "state": "enabled"})"},
    {33s, "the flow of Contoso Finance works", "POST", "/control/environments",
     R"({"name": "Contoso Finance", "tables": {"flowruns": []}})"},
    {34s, "jobs of Contoso Production can be read again", "DELETE", "/control/faults/jobs"},
    {35s, "a copy of Contoso UAT fails", "POST", "/control/operations",
     R"({"environment": "Contoso UAT", "type": "Copy", "state": "Failed", "age": "1m"})"},
    {42s, "mailboxes of Contoso Service can be read again, and fail still", "DELETE", "/control/faults/mailboxes"},
    {42s, "licences are bought again", "POST", "/control/entitlements", R"({"database": "100GiB"})"},
    {46s, "Contoso Field answers again", "POST", "/control/environments",
     R"({"name": "Contoso Field", "reachable": true})"},
    {46s, "Contoso Depot answers again", "POST", "/control/environments",
     R"({"name": "Contoso Depot", "reachable": true})"},
    {47s, "the region is up", "DELETE", "/control/faults/region"},
    {55s, "the mailboxes of Contoso Service are well", "POST", "/control/environments",
     R"({"name": "Contoso Service", "tables": {"mailboxes": []}})"},
    {60s, "the hour is over", "GET", "/control/requests"},
};

}  // namespace

std::span<const Incident> story() { return kStory; }

}  // namespace a2od::end_to_end
