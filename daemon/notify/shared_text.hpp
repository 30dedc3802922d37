// A text that is the same wherever a message goes: a body is in the outbox, on its way and being written down at once.
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace a2od {

/// Immutable; copies share it. Any thread. Made of text and read as text without further ado.
class SharedText {
 public:
  SharedText() : SharedText(std::string()) {}
  SharedText(std::string text) : text_(std::make_shared<const std::string>(std::move(text))) {}
  SharedText(const char* text) : SharedText(std::string(text)) {}
  SharedText(const SharedText&) = default;  // what is moved from is as it was
  SharedText& operator=(const SharedText&) = default;

  operator const std::string&() const { return *text_; }
  operator std::string_view() const { return *text_; }
  [[nodiscard]] const std::string& str() const { return *text_; }
  [[nodiscard]] std::size_t size() const { return text_->size(); }

  friend bool operator==(const SharedText& a, const SharedText& b) {
    return a.text_ == b.text_ || *a.text_ == *b.text_;
  }
  friend std::ostream& operator<<(std::ostream& out, const SharedText& text) { return out << *text.text_; }

 private:
  std::shared_ptr<const std::string> text_;
};

}  // namespace a2od
