// Entra ID's refusals in plain sentences: what an administrator does about each AADSTS code.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace a2od::cloud {

/// Who tried to sign in, for messages.
struct SignInSubject {
  std::string client_id;
  std::string tenant_id;
  std::string scope;
};

/// A token endpoint's error, taken from `error`, `error_codes` and the text.
struct SignInError {
  std::string code;     ///< "AADSTS7000222"; the value of `error` where there is no number; empty without both
  std::string message;  ///< a sentence that says what to do, or the service's own
};

/// The sentence for one code, empty where we know none.
[[nodiscard]] std::string explain_aadsts(unsigned code, const SignInSubject& subject);

/// Reads the body of an answer that is not 200. Any bytes are allowed.
[[nodiscard]] SignInError read_sign_in_error(std::string_view body, const SignInSubject& subject);

}  // namespace a2od::cloud
