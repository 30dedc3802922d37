#include "collectors/cloud/clouds.hpp"

#include <gtest/gtest.h>

namespace a2od::cloud {
namespace {

TenantConfig tenant(Cloud cloud) {
  TenantConfig made;
  made.cloud = cloud;
  made.tenant_id = "t/1";
  return made;
}

Request to(Service service, std::string base = "") {
  Request request;
  request.service = service;
  request.base = std::move(base);
  request.target = "/x";
  return request;
}

TEST(Clouds, EachHasItsOwnHostsAndScope) {
  struct Row {
    Cloud cloud;
    std::string login, admin, scope;
  };
  const Row rows[] = {
      {Cloud::public_cloud, "login.microsoftonline.com", "api.bap.microsoft.com",
       "https://service.powerapps.com/.default"},
      {Cloud::gcc, "login.microsoftonline.com", "gov.api.bap.microsoft.us", "https://service.powerapps.us/.default"},
      {Cloud::gcc_high, "login.microsoftonline.us", "high.api.bap.microsoft.us",
       "https://high.service.powerapps.us/.default"},
      {Cloud::dod, "login.microsoftonline.us", "api.bap.appsplatform.us",
       "https://service.apps.appsplatform.us/.default"},
      {Cloud::china, "login.chinacloudapi.cn", "api.bap.partner.microsoftonline.cn",
       "https://service.powerapps.cn/.default"}};
  for (const Row& row : rows) {
    const auto address = address_of(tenant(row.cloud), to(Service::admin)).value();
    EXPECT_EQ(token_endpoint(tenant(row.cloud))->origin.host, row.login);
    EXPECT_EQ(address.origin.host, row.admin);
    EXPECT_EQ(scope_of(tenant(row.cloud), Service::admin, address.origin), row.scope);
  }
}

TEST(Clouds, TheTokenEndpointHoldsTheTenantEncoded) {
  EXPECT_EQ(token_endpoint(tenant(Cloud::public_cloud))->target, "/t%2F1/oauth2/v2.0/token");
}

TEST(Clouds, ConfiguredHostsWin) {
  auto configured = tenant(Cloud::gcc_high);
  configured.hosts.power_platform = "api.appsplatform.us:8443";
  const auto address = address_of(configured, to(Service::power_platform)).value();
  EXPECT_EQ(address.origin.host, "api.appsplatform.us");
  EXPECT_EQ(address.origin.port, 8443);
  EXPECT_EQ(scope_of(configured, Service::power_platform, address.origin), "https://api.appsplatform.us:8443/.default");
}

TEST(Clouds, AnEnvironmentIsItsOwnScope) {
  const auto address =
      address_of(tenant(Cloud::public_cloud), to(Service::dataverse, "https://Org.crm4.dynamics.com")).value();
  EXPECT_EQ(scope_of(tenant(Cloud::public_cloud), Service::dataverse, address.origin),
            "https://org.crm4.dynamics.com/.default");
}

TEST(Clouds, ARegionalHostTakesTheTokenOfTheTenantsHost) {
  const auto public_tenant = tenant(Cloud::public_cloud);
  const auto regional =
      address_of(public_tenant, to(Service::power_platform, "https://eu.api.powerplatform.com")).value();
  EXPECT_EQ(scope_of(public_tenant, Service::power_platform, regional.origin),
            "https://api.powerplatform.com/.default");
}

TEST(Clouds, WhatIsNoAddressIsRefused) {
  const auto public_tenant = tenant(Cloud::public_cloud);
  EXPECT_FALSE(address_of(public_tenant, to(Service::dataverse)));
  EXPECT_FALSE(address_of(public_tenant, to(Service::dataverse, "http://org.test")));
  EXPECT_FALSE(address_of(public_tenant, to(Service::dataverse, "https://user@org.test")));
  auto relative = to(Service::admin);
  relative.target = "x";
  EXPECT_FALSE(address_of(public_tenant, relative));
}

}  // namespace
}  // namespace a2od::cloud
