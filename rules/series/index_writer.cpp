#include "rules/series/index_writer.hpp"

#include <algorithm>

namespace a2od {
namespace {

/// The object, copied first where it was published since it was last written.
template <class T>
T& own(std::shared_ptr<T>& object, std::uint64_t& written, std::uint64_t epoch) {
  if (written != epoch) object = std::make_shared<T>(*object);
  written = epoch;
  return *object;
}

}  // namespace

IndexWriter::IndexWriter() : index_(std::make_shared<Index>()) { index_->identity = std::make_shared<char>(); }

std::shared_ptr<const Index> IndexWriter::publish() {
  shared_ = true;
  return index_;
}

void IndexWriter::add(SeriesRef ref, const Labels& labels) {
  if (shared_) {
    index_ = std::make_shared<Index>(*index_);
    shared_ = false;
    ++epoch_;
  }
  MetricTable& table = table_of(labels.get(kMetricName));
  const std::size_t row = table.rows.size();
  table.rows.push_back(ref);
  ++rows_;
  for (const auto& [name, value] : labels.pairs()) {
    if (name == kMetricName) continue;
    const std::uint32_t dictionary = dictionary_of(name);
    set(table, row, dictionary, value_id(dictionary, value));
  }
}

MetricTable& IndexWriter::table_of(std::string_view metric) {
  if (const auto known = table_ids_.find(metric); known != table_ids_.end()) {
    return own(index_->tables[known->second], table_epochs_[known->second], epoch_);
  }
  const auto id = static_cast<std::uint32_t>(index_->tables.size());
  table_ids_.emplace(metric, id);
  table_epochs_.push_back(epoch_);
  index_->tables.push_back(std::make_shared<MetricTable>(MetricTable{.name = std::string(metric)}));
  const auto name_of = [this](std::uint32_t position) -> std::string_view { return index_->tables[position]->name; };
  index_->by_name.insert(std::ranges::lower_bound(index_->by_name, metric, {}, name_of), id);
  return *index_->tables.back();
}

std::uint32_t IndexWriter::dictionary_of(std::string_view label) {
  if (const auto known = dictionary_ids_.find(label); known != dictionary_ids_.end()) return known->second;
  const auto id = static_cast<std::uint32_t>(index_->dictionaries.size());
  dictionary_ids_.emplace(label, id);
  dictionary_epochs_.push_back(epoch_);
  value_ids_.emplace_back();
  auto dictionary = std::make_shared<Dictionary>(Dictionary{.label = std::string(label)});
  dictionary->values.push_back({});
  index_->dictionaries.push_back(std::move(dictionary));
  return id;
}

std::uint32_t IndexWriter::value_id(std::uint32_t dictionary, std::string_view value) {
  Ids& ids = value_ids_[dictionary];
  if (const auto known = ids.find(value); known != ids.end()) return known->second;
  auto& values = own(index_->dictionaries[dictionary], dictionary_epochs_[dictionary], epoch_).values;
  const auto id = static_cast<std::uint32_t>(values.size());
  values.push_back(std::string(value));
  ids.emplace(value, id);
  return id;
}

void IndexWriter::set(MetricTable& table, std::size_t row, std::uint32_t dictionary, std::uint32_t id) {
  auto column = std::ranges::find(table.columns, dictionary, &Column::dictionary);
  if (column == table.columns.end()) column = table.columns.insert(column, Column{.dictionary = dictionary});
  while (column->ids.size() < row) column->ids.push_back(0);
  column->ids.push_back(id);
}

std::size_t IndexWriter::approximate_bytes() const {
  std::size_t bytes = 0;
  for (const auto& table : index_->tables) {
    bytes += sizeof(MetricTable) + table->rows.bytes();
    for (const Column& column : table->columns) bytes += sizeof(Column) + column.ids.bytes();
  }
  for (const auto& dictionary : index_->dictionaries) {
    bytes += 4 * dictionary->values.bytes();  // the texts, and the ids by text
  }
  return bytes;
}

}  // namespace a2od
