// Commands that ask Microsoft's services.
#include "daemon/command_line/command_line.hpp"
#include "daemon/commands/commands.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <string>
#include <vector>

namespace a2od {
namespace {

void add_collect(CLI::App& app, int& code) {
  auto* collect = app.add_subcommand("collect", "Run collectors once and say what they saw, asked and may not read");
  auto file = std::make_shared<std::string>(kDefaultConfig);
  auto environment = std::make_shared<std::string>();
  auto collector = std::make_shared<std::string>();
  collect->add_option("ENVIRONMENT", *environment, "Name or id of an environment")->required();
  collect->add_option("COLLECTOR", *collector, "Only this one; otherwise all that apply, and those of its tenant");
  collect->add_option("--config.file", *file, "Configuration file")->capture_default_str();
  collect->callback([&code, file, environment, collector] { code = collect_once(*file, *environment, *collector); });
}

void add_discover(CLI::App& app, int& code) {
  auto* discover = app.add_subcommand("discover", "Write a configuration from what a tenant has");
  discover->footer(
      "Asks the tenant for its environments and tries which rights are held, then writes a configuration that\n"
      "`a2od check config` takes: how to sign in, the environments by name and id, what is left out (disabled, "
      "without\n"
      "Dataverse, being made or deleted) with the reason, the collectors that have something to read, the rights that\n"
      "are missing, rules, and receivers to be filled in. No secret is written, only where it is kept. Nothing is\n"
      "changed in the tenant.\n"
      "\n"
      "Who asks: the tenants of --config.file, of which sign-in, filters, listed names, transport and collectors\n"
      "are kept and nothing else; or one that is described by --name, --tenant-id, --client-id and one of "
      "--client-secret-file,\n"
      "--certificate-file, --federated-token-file and --managed-identity. A proxy is taken from HTTPS_PROXY.\n"
      "Names become labels: those of the list stay, and what has been renamed since it was first watched, but is not\n"
      "listed, is written by its new name.\n"
      "\n"
      "  a2od discover --name contoso --tenant-id ID --client-id ID \\\n"
      "      --certificate-file contoso.pem --key-file contoso.key -o a2od.yaml\n"
      "  a2od discover --config.file tenant.yaml >a2od.yaml     a summary goes to standard error\n"
      "  a2od discover --diff                                   what is new, gone or elsewhere than /etc/a2od lists\n"
      "\n"
      "Exit codes: 0 written, or nothing differs; 1 the tenant cannot be asked, the file is there already, or "
      "(--diff)\n"
      "something differs; 2 wrong usage.");
  auto question = std::make_shared<DiscoverQuestion>();
  auto* file = discover->add_option("--config.file", question->config_file, "Configuration file with tenants to ask")
                   ->capture_default_str();
  auto* tenant = discover->add_option("--tenant-id", question->tenant_id, "Directory id or domain of a tenant to ask");
  auto* name = discover->add_option("--name", question->name, "What it is called: the label `tenant` of everything");
  tenant->excludes(file)->needs(name);
  name->needs(tenant);
  discover->add_option("--client-id", question->client_id, "The application, or a user-assigned managed identity")
      ->needs(tenant);
  std::vector<std::string> clouds;
  for (const auto& [word, cloud] : kClouds) clouds.emplace_back(word);
  discover
      ->add_option_function<std::string>(
          "--cloud",
          [question](const std::string& asked) {
            for (const auto& [word, cloud] : kClouds)
              if (word == asked) question->cloud = cloud;
          },
          "Which of Microsoft's clouds [public]")
      ->check(CLI::IsMember(clouds))
      ->needs(tenant);
  auto* certificate = discover->add_option("--certificate-file", question->certificate_file,
                                           "How it signs in: a certificate registered with it, PEM");
  const auto sign_ins = {
      certificate,
      discover->add_option("--client-secret-file", question->client_secret_file,
                           "Or: a file that holds the secret alone"),
      discover->add_option("--federated-token-file", question->federated_token_file, "Or: a token of another issuer"),
      discover->add_flag("--managed-identity", question->managed_identity,
                         "Or: the identity that Azure gives this machine")};
  for (auto* sign_in : sign_ins) {
    sign_in->needs(tenant);
    for (auto* other : sign_ins)
      if (other != sign_in) sign_in->excludes(other);
  }
  discover->add_option("--key-file", question->key_file, "Of the certificate, PEM [the certificate's file]")
      ->needs(certificate);
  discover
      ->add_option("--rights", question->compared,
                   "In so many environments rights are tried, about 25 requests each; 0: in none, and not the tenant's")
      ->check(CLI::Range(0, 100'000))
      ->capture_default_str();
  discover->add_option("--rule-files", question->rule_files, "Rules of the new file [/usr/share/a2od/rules/*.yml]")
      ->allow_extra_args(false);
  auto* output = discover->add_option("-o,--output", question->output, "Write this file [standard output]");
  discover->add_flag("--force", question->force, "Also where that file is there already")->needs(output);
  discover->add_flag("--diff", question->differences, "Only say how the list of --config.file differs from the tenant")
      ->excludes(output)
      ->excludes(tenant);
  discover->callback([&code, question] { code = a2od::discover(*question); });
}

}  // namespace

void add_service_commands(CLI::App& app, int& code) {
  add_collect(app, code);
  add_discover(app, code);
}

}  // namespace a2od
