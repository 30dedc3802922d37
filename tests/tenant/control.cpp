#include "tests/tenant/control.hpp"

#include "config/document.hpp"
#include "tests/tenant/fields.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <utility>

namespace a2od::tenant {
namespace {

HttpReply done(const json::value& body) { return text_reply(200, json::serialize(body) + "\n", "application/json"); }

HttpReply refused(unsigned status, const Problems& problems) {
  std::string text;
  for (const auto& problem : problems) text += to_string(problem) + "\n";
  return text_reply(status, std::move(text), "text/plain; charset=utf-8");
}

HttpReply not_found(const std::string& what) { return refused(404, {{"control", {}, what}}); }

/// One mapping, or a sequence of them.
std::vector<Node> items_of(const Node& root) {
  if (root.kind() != Node::Kind::sequence) return {root};
  return {root.items().begin(), root.items().end()};
}

HttpReply add_faults(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  std::vector<Fault> faults;
  for (const auto& item : items_of(root)) faults.push_back(read_fault(item, problems));
  if (problems.empty())
    for (auto& fault : faults) tenant.faults().add(std::move(fault));
  return done({{"added", faults.size()}});
}

HttpReply change_environments(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  std::vector<Environment> changed;
  for (const auto& item : items_of(root)) {
    const Node* name = item.kind() == Node::Kind::mapping ? item.find("name") : nullptr;
    const auto* known = name == nullptr ? nullptr : tenant.world().by_name(name->text());
    Environment environment = known == nullptr ? Environment() : *known;
    read_environment(item, environment, problems);
    if (environment.name.empty()) problems.push_back({{}, item.position(), "environment needs the key 'name'"});
    changed.push_back(std::move(environment));
  }
  if (problems.empty())
    for (auto& environment : changed) tenant.world().put(std::move(environment));
  return done({{"changed", changed.size()}});
}

HttpReply add_operations(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  std::vector<Operation> operations;
  for (const auto& item : items_of(root)) {
    operations.push_back(read_operation(item, problems));
    if (tenant.world().by_name(operations.back().environment) == nullptr)
      problems.push_back({{}, item.position(), "no environment is named '" + operations.back().environment + "'"});
  }
  if (problems.empty())
    for (auto& operation : operations) tenant.world().add(std::move(operation));
  return done({{"added", operations.size()}});
}

HttpReply set_credentials(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  std::vector<Credential> credentials;
  for (const auto& item : items_of(root)) credentials.push_back(read_credential(item, problems));
  const auto count = credentials.size();
  if (problems.empty()) tenant.world().set_credentials(std::move(credentials));
  return done({{"credentials", count}});
}

HttpReply set_service_issues(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  std::vector<ServiceIssue> issues;
  for (const auto& item : items_of(root)) issues.push_back(read_service_issue(item, problems));
  const auto count = issues.size();
  if (problems.empty()) tenant.world().set_service_issues(std::move(issues));
  return done({{"service_issues", count}});
}

HttpReply set_entitlements(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  Sizes sizes = tenant.world().scenario().entitlements;
  read_sizes(root, sizes, problems);
  if (problems.empty()) tenant.world().set_entitlements(sizes);
  return done({{"entitlements", "changed"}});
}

HttpReply change_clock(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  Milliseconds by{};
  Fields fields(root, "clock", problems);
  fields.required("advance");
  fields.duration("advance", by);
  fields.finish();
  if (problems.empty()) tenant.advance(by);
  return done({{"advanced_seconds", std::chrono::duration_cast<std::chrono::seconds>(by).count()}});
}

HttpReply change_tokens(SimulatedTenant& tenant, const Node& root, Problems& problems) {
  Milliseconds lifetime = tenant.world().scenario().token_lifetime;
  Fields fields(root, "tokens", problems);
  fields.required("lifetime");
  fields.duration("lifetime", lifetime);
  fields.finish();
  if (problems.empty()) tenant.world().set_token_lifetime(lifetime);
  return done({{"lifetime_seconds", std::chrono::duration_cast<std::chrono::seconds>(lifetime).count()}});
}

struct PostRoute {
  std::string_view path;
  HttpReply (*handle)(SimulatedTenant&, const Node&, Problems&);
};
constexpr std::array<PostRoute, 8> kPosts{{{"/control/faults", add_faults},
                                           {"/control/environments", change_environments},
                                           {"/control/operations", add_operations},
                                           {"/control/credentials", set_credentials},
                                           {"/control/service_issues", set_service_issues},
                                           {"/control/entitlements", set_entitlements},
                                           {"/control/clock", change_clock},
                                           {"/control/tokens", change_tokens}}};

HttpReply post(SimulatedTenant& tenant, const ApiRequest& request) {
  for (const auto& route : kPosts) {
    if (route.path != request.path) continue;
    const auto document = parse_document("request body", request.body);
    if (!document) return refused(400, document.error());
    auto problems = document->problems;
    auto reply = route.handle(tenant, document->root, problems);
    sort_by_position(problems, "request body");
    return problems.empty() ? reply : refused(400, problems);
  }
  return not_found("no POST route " + request.path);
}

HttpReply requests(const SimulatedTenant& tenant, const ApiRequest& request) {
  const auto* route = request.option("route");
  const std::string_view pattern = route == nullptr ? std::string_view("*") : std::string_view(*route);
  json::object routes;
  for (const auto& [name, count] : tenant.requests())
    if (matches(pattern, name)) routes[name] = count;
  return done({{"total", tenant.requests(pattern)}, {"routes", std::move(routes)}});
}

HttpReply environments(SimulatedTenant& tenant) {
  json::array list;
  for (const auto& environment : tenant.world().environments()) {
    json::object item{{"name", environment.name}, {"id", environment.id}, {"state", environment.state}};
    if (environment.dataverse) item["dataverse"] = dataverse_host(environment);
    if (environment.finance_operations) item["finance_operations"] = finance_operations_host(environment);
    list.push_back(std::move(item));
  }
  return done({{"environments", std::move(list)}});
}

HttpReply remove(SimulatedTenant& tenant, const ApiRequest& request) {
  constexpr std::string_view kFaults = "/control/faults/";
  constexpr std::string_view kEnvironments = "/control/environments/";
  if (request.path == "/control/faults")
    tenant.faults().clear();
  else if (request.path == "/control/requests")
    tenant.forget_requests();
  else if (request.path == "/control/tokens")
    tenant.revoke_tokens();
  else if (request.path.starts_with(kFaults)) {
    if (tenant.faults().remove(request.path.substr(kFaults.size())) == 0) return not_found("no fault of that name");
  } else if (request.path.starts_with(kEnvironments)) {
    if (!tenant.world().remove(request.path.substr(kEnvironments.size())))
      return not_found("no environment of that name");
  } else {
    return not_found("no DELETE route " + request.path);
  }
  return done({{"removed", request.path}});
}

}  // namespace

HttpReply control(SimulatedTenant& tenant, const ApiRequest& request) {
  if (request.method == "POST") return post(tenant, request);
  if (request.method == "DELETE") return remove(tenant, request);
  if (request.path == "/control/requests") return requests(tenant, request);
  if (request.path == "/control/environments") return environments(tenant);
  return not_found("no route " + request.method + " " + request.path);
}

}  // namespace a2od::tenant
