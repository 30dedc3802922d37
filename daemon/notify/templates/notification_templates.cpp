#include "daemon/notify/templates/notification_templates.hpp"

#include "daemon/notify/templates/defaults.hpp"
#include "daemon/notify/templates/functions.hpp"
#include "rules/alerting/template/execute.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <fstream>
#include <map>
#include <optional>
#include <utility>

namespace a2od {
namespace {

using namespace templates;

constexpr std::size_t kLargestFile = 1UL << 20U;
// Thousands of alerts, each with dozens of labels.
constexpr std::size_t kLongestOutput = 8UL << 20U;
constexpr int kMostSteps = 2'000'000;
constexpr std::size_t kDeepestRouteLabels = 20;

Position position_in(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = std::ranges::count(before, '\n');
  const auto begin = before.rfind('\n') + 1;  // 0 where there is none before
  return {static_cast<int>(line) + 1, static_cast<int>(before.size() - begin) + 1};
}

std::string described(std::string_view text, const SyntaxError& error) {
  if (!error.within.empty()) return fmt::format("template \"{}\": {}", error.within, error.message);
  const auto [line, column] = position_in(text, error.offset);
  return fmt::format("{}:{}: {}", line, column, error.message);
}

std::expected<Tree, SyntaxError> parse_one(std::string_view text) {
  return parse(text, {.functions = notification_functions(), .others = Surroundings::Others::some});
}

/// As Go does it: what is blank replaces nothing.
void add(Definitions& all, Definitions more) {
  for (auto& [name, block] : more) {
    const auto [found, is_new] = all.try_emplace(name, block);
    if (!is_new && !is_blank(block)) found->second = std::move(block);
  }
}

const std::shared_ptr<const Definitions>& defaults() {
  static const auto kDefaults = [] {
    Definitions all;
    for (const auto text : {kDefaultTemplates, kEmailTemplates}) {
      auto tree = parse_one(text);
      assert(tree);
      if (tree) add(all, std::move(tree->named));
    }
    return std::make_shared<const Definitions>(std::move(all));
  }();
  return kDefaults;
}

Result<std::string> read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  if (!in || (!in.read(text.data(), static_cast<std::streamsize>(text.size())) && !in.eof()))
    return failure("cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile) return failure(fmt::format("has more than {} bytes", kLargestFile));
  return text;
}

/// One expansion: of a text, and of the labels of the route that it asks for, each of them once.
class Expansion {
 public:
  Expansion(std::shared_ptr<const Definitions> definitions, const Value& data, Timestamp now)
      : definitions_(std::move(definitions)), data_(data), now_(now) {}

  Result<std::string> run(std::string_view text, Environment::Escaping escaping);

 private:
  Result<std::string> route_label(std::string_view name);

  std::shared_ptr<const Definitions> definitions_;
  const Value& data_;
  Timestamp now_;
  std::map<std::string, std::string, std::less<>> expanded_;
  std::vector<std::string> under_way_;
};

Result<std::string> Expansion::run(std::string_view text, Environment::Escaping escaping) {
  auto tree = parse_one(text);
  if (!tree) return failure(described(text, tree.error()));
  tree->others = definitions_;
  const Environment environment{.now = now_,
                                .route_label = [this](std::string_view name) { return route_label(name); },
                                .escaping = escaping,
                                .longest_output = kLongestOutput,
                                .most_steps = kMostSteps};
  auto output = execute(*tree, data_, {}, environment);
  if (!output) return failure(described(text, output.error()));
  return std::move(*output);
}

/// Each is a template itself.
Result<std::string> Expansion::route_label(std::string_view name) {
  if (const auto known = expanded_.find(name); known != expanded_.end()) return known->second;
  if (std::ranges::find(under_way_, name) != under_way_.end())
    return failure(fmt::format("the label '{}' of the route asks for itself", name));
  if (under_way_.size() == kDeepestRouteLabels)
    return failure(fmt::format("labels of the route ask for each other more than {} deep", kDeepestRouteLabels));
  const auto* fields = data_.as_record();
  const auto field = fields == nullptr ? Record::const_iterator() : fields->find("RouteLabels");
  const auto* labels = fields == nullptr || field == fields->end() ? nullptr : field->second.as_strings();
  const auto label = labels == nullptr ? Strings::const_iterator() : labels->find(name);
  if (labels == nullptr || label == labels->end()) return std::string();
  under_way_.emplace_back(name);
  auto text = run(label->second, Environment::Escaping::none);
  under_way_.pop_back();
  if (text) expanded_.emplace(name, *text);
  return text;
}

}  // namespace

NotificationTemplates::NotificationTemplates() : definitions_(defaults()) {}

std::expected<NotificationTemplates, Problems> NotificationTemplates::load(std::span<const std::string> files) {
  Definitions all = *defaults();
  Problems problems;
  for (const std::string& file : files) {
    const auto text = read_file(file);
    if (!text) {
      problems.push_back({file, {}, text.error().message});
      continue;
    }
    auto tree = parse_one(*text);
    if (!tree) {
      problems.push_back({file, position_in(*text, tree.error().offset), tree.error().message});
      continue;
    }
    add(all, std::move(tree->named));
  }
  if (!problems.empty()) return std::unexpected(std::move(problems));
  NotificationTemplates loaded;
  loaded.definitions_ = std::make_shared<const Definitions>(std::move(all));
  return loaded;
}

Result<void> NotificationTemplates::check(std::string_view text) const {
  const auto tree = parse_one(text);
  if (!tree) return failure(described(text, tree.error()));
  for (const auto& [name, offset] : tree->wanted) {
    if (definitions_->contains(name)) continue;
    return failure(described(text, {offset, fmt::format("no template \"{}\" is defined", name)}));
  }
  return {};
}

Result<std::string> NotificationTemplates::expand(std::string_view text, const Value& data, Timestamp now) const {
  return Expansion(definitions_, data, now).run(text, Environment::Escaping::none);
}

Result<std::string> NotificationTemplates::expand_html(std::string_view text, const Value& data, Timestamp now) const {
  return Expansion(definitions_, data, now).run(text, Environment::Escaping::html);
}

}  // namespace a2od
