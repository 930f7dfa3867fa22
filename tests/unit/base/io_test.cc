// SPDX-License-Identifier: MIT
#include "engine/base/io.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "engine/base/error.h"
#include "engine/base/fd.h"

using namespace pooltop;

namespace {
class Directory {
 public:
  Directory() {
    path_ = std::filesystem::temp_directory_path() / "pooltop-test-XXXXXX";
    REQUIRE(::mkdtemp(path_.data()) != nullptr);
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }
}  // namespace

TEST_CASE("base: a refusal of the system names the call, the object and the reason") {
  CHECK_THROWS_WITH_AS(check(::open("/no/such", O_RDONLY | O_CLOEXEC), "open", "/no/such"),
                       "open /no/such: No such file or directory", std::system_error);
  CHECK(check(7, "open", "x") == 7);
}

TEST_CASE("base: a descriptor is closed once, by the one who owns it last") {
  int raw = -1;
  {
    Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    raw = first.get();
    Fd second(std::move(first));
    CHECK_FALSE(first);
    CHECK(second.get() == raw);
    first = std::move(second);
    CHECK(is_open(raw));
  }
  CHECK_FALSE(is_open(raw));

  Fd given(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const int taken = given.release();
  given.reset();
  CHECK(is_open(taken));
  ::close(taken);
}

TEST_CASE("base: everything is written through a pipe smaller than it") {
  PipeEnds pipe = make_pipe();
  const std::string sent(1'000'000, 'x');
  std::thread writer([&] {
    write_all(pipe.write.get(), sent, "pipe");
    pipe.write.reset();
  });
  const auto got = read_to_end(pipe.read.get(), 2'000'000, "pipe");
  writer.join();
  CHECK(got == sent);
}

TEST_CASE("base: signals that interrupt a read or a write cost no byte of it") {
  struct sigaction action = {};  // without SA_RESTART
  struct sigaction before = {};
  action.sa_handler = [](int) {};
  REQUIRE(::sigaction(SIGUSR1, &action, &before) == 0);
  PipeEnds pipe = make_pipe();
  std::string sent(1'000'000, ' ');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31 / 7);
  std::atomic<int> at_work = 2;
  std::optional<std::string> got;
  std::thread writer([&] {
    write_all(pipe.write.get(), sent, "pipe");
    pipe.write.reset();
    --at_work;
  });
  std::thread reader([&] {
    got = read_to_end(pipe.read.get(), 2'000'000, "pipe");
    --at_work;
  });
  while (at_work > 0) {  // both threads are there until they are joined
    ::pthread_kill(writer.native_handle(), SIGUSR1);
    ::pthread_kill(reader.native_handle(), SIGUSR1);
    std::this_thread::yield();
  }
  writer.join();
  reader.join();
  ::sigaction(SIGUSR1, &before, nullptr);

  CHECK((got == sent));
}

TEST_CASE("base: a write to a pipe that nobody reads is refused with its reason") {
  ::signal(SIGPIPE, SIG_IGN);
  PipeEnds pipe = make_pipe();
  pipe.read.reset();
  CHECK_THROWS_WITH_AS(write_all(pipe.write.get(), "x", "pipe"), "write pipe: Broken pipe", std::system_error);
}

TEST_CASE("base: a file larger than the limit is not read") {
  Directory dir;
  replace_file(dir.file("a"), "12345");
  CHECK(read_file(dir.file("a"), 5) == "12345");
  CHECK_FALSE(read_file(dir.file("a"), 4));
  CHECK_THROWS_AS((void)read_file(dir.file("none"), 5), std::system_error);
  CHECK_THROWS_AS((void)read_file(dir.file("."), 5), std::system_error);
}

TEST_CASE("base: a replaced file is the new one, 0600, with nothing beside it") {
  Directory dir;
  replace_file(dir.file("a"), "old and long");
  replace_file(dir.file("a"), "new");
  CHECK(read_file(dir.file("a"), 100) == "new");
  struct stat info {};
  REQUIRE(::stat(dir.file("a").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  CHECK_FALSE(std::filesystem::exists(dir.file("a.new")));
}

TEST_CASE("base: replacing a file does not write through a link that was planted") {
  Directory dir;
  replace_file(dir.file("victim"), "untouched");
  std::filesystem::create_symlink(dir.file("victim"), dir.file("a.new"));
  CHECK_THROWS_AS(replace_file(dir.file("a"), "x"), std::system_error);
  CHECK(read_file(dir.file("victim"), 100) == "untouched");
}

TEST_CASE("base: both ends of a pipe are close-on-exec, and can be made non-blocking") {
  PipeEnds pipe = make_pipe();
  CHECK((::fcntl(pipe.read.get(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK((::fcntl(pipe.write.get(), F_GETFD) & FD_CLOEXEC) != 0);
  set_nonblocking(pipe.read.get(), true);
  char byte = 0;
  CHECK(::read(pipe.read.get(), &byte, 1) == -1);
  CHECK(errno == EAGAIN);
  set_nonblocking(pipe.read.get(), false);
  CHECK((::fcntl(pipe.read.get(), F_GETFL) & O_NONBLOCK) == 0);
}
