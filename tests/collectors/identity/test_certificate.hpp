// A self-signed certificate, without its key, to read.
#pragma once

#include <cstdint>
#include <string_view>

namespace a2od {

inline constexpr std::string_view kTestCertificate =
    R"(-----BEGIN CERTIFICATE-----
MIIBfzCCASWgAwIBAgIUPB9R2ysjFvpUwHZM+FThoY3w48wwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJYTJvZCB0ZXN0MCAXDTI2MTEyMjIzMzc0NloYDzIxMjYxMDI5
MjMzNzQ2WjAUMRIwEAYDVQQDDAlhMm9kIHRlc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAATHa0bwzg6ZepJqV+gNiiUS6BGPjZtLAhxmWiJ4NRJs7GEh8nLaEMDq
nHbB1VORBwWIbZ1ghr0QMItFJKPwzJmRo1MwUTAdBgNVHQ4EFgQUBsbJkSzER58A
+3zCEjjuGvDZDcUwHwYDVR0jBBgwFoAUBsbJkSzER58A+3zCEjjuGvDZDcUwDwYD
VR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA0dVKLN4RwuqFsekR2++m/
R00507AF0FYLkqYxDVlRcQIhAKlBS0mFklREVvsBPl+zsVw907Jxt+oj469wqYJJ
F7P2
-----END CERTIFICATE-----
)";
inline constexpr std::int64_t kTestCertificateExpiry = 4948990666;  // 2126-10-29T23:37:46Z
inline constexpr std::string_view kTestCertificateThumbprint = "51425D687FF4CF1BFFC8DC7D936F65FECF157A8D";

}  // namespace a2od
