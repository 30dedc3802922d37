// Secrets are read anew from where they are kept, and errors name the place, never the secret.
#include "config/secret.hpp"

#include "temporary_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace a2od {
namespace {

using testing::HasSubstr;

/// An environment variable for the time of a test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

SecretSource file_source(const std::string& path) { return {SecretFile{path}}; }

TEST(Secret, IsReadFromAFileWithoutItsLastLineBreak) {
  const TemporaryFolder folder;
  EXPECT_EQ(file_source(folder.write("a", "hunter2\n")).read()->reveal(), "hunter2");
  EXPECT_EQ(file_source(folder.write("b", "hunter2\r\n")).read()->reveal(), "hunter2");
  EXPECT_EQ(file_source(folder.write("c", "two\nlines\n\n")).read()->reveal(), "two\nlines\n");
}

TEST(Secret, IsReadAnewAfterARotation) {
  const TemporaryFolder folder;
  const auto source = file_source(folder.write("a", "old"));
  ASSERT_EQ(source.read()->reveal(), "old");
  folder.write("a", "new");
  EXPECT_EQ(source.read()->reveal(), "new");
}

TEST(Secret, IsReadFromTheEnvironment) {
  const Variable variable("A2OD_TEST_SECRET", "hunter2");
  EXPECT_EQ(SecretSource{SecretVariable{"A2OD_TEST_SECRET"}}.read()->reveal(), "hunter2");
}

TEST(Secret, IsReadFromTheServiceManagersCredentials) {
  const TemporaryFolder folder;
  folder.write("contoso", "hunter2");
  const Variable variable("CREDENTIALS_DIRECTORY", folder.path().string());
  EXPECT_EQ(SecretSource{SecretCredential{"contoso"}}.read()->reveal(), "hunter2");
}

TEST(Secret, ACredentialCannotLeaveItsFolder) {
  const TemporaryFolder folder;
  folder.write("outside", "hunter2");
  const Variable variable("CREDENTIALS_DIRECTORY", (folder.path() / "inside").string());
  for (const auto* name : {"../outside", "..", "/etc/passwd", "", "a/b"}) {
    EXPECT_FALSE(SecretSource{SecretCredential{name}}.read()) << name;
  }
}

TEST(Secret, ErrorsNameTheSourceAndTheCause) {
  const TemporaryFolder folder;
  const auto error = [](const SecretSource& source) { return source.read().error().message; };
  EXPECT_EQ(error(file_source("/nowhere/secret")), "file /nowhere/secret: no such file");
  EXPECT_THAT(error(file_source(folder.path().string())), HasSubstr("not a regular file"));
  EXPECT_THAT(error(file_source(folder.write("empty", "\n"))), HasSubstr("empty, expected a secret"));
  EXPECT_THAT(error(file_source(folder.write("large", std::string(65'537, 'x')))), HasSubstr("over 64 KiB"));
  EXPECT_EQ(error({SecretVariable{"A2OD_NO_SUCH_VARIABLE"}}), "environment variable A2OD_NO_SUCH_VARIABLE: not set");
  EXPECT_THAT(error({SecretCredential{"contoso"}}), HasSubstr("credential contoso: CREDENTIALS_DIRECTORY is not set"));
}

TEST(Secret, OfTheLargestSizeIsRead) {
  const TemporaryFolder folder;
  EXPECT_EQ(file_source(folder.write("large", std::string(65'536, 'x'))).read()->reveal().size(), 65'536U);
}

}  // namespace
}  // namespace a2od
