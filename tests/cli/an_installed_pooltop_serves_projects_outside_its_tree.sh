# SPDX-License-Identifier: MIT
. "$POOLTOP_SOURCE/tests/support/shell.sh"

expect 0 cmake --install "$POOLTOP_BUILD" --prefix "$here/prefix"
for file in bin/pooltop share/man/man1/pooltop.1 share/bash-completion/completions/pooltop \
  share/zsh/site-functions/_pooltop share/fish/vendor_completions.d/pooltop.fish share/pooltop/pooltop.schema.json \
  include/pooltop/plugin.h; do
  [ -s "prefix/$file" ] || complain "$file was not installed"
done
for header in "$POOLTOP_SOURCE"/engine/include/pooltop/*.h; do
  [ -s "prefix/include/pooltop/${header##*/}" ] || complain "${header##*/} was not installed"
done
[ "$(find prefix -name '*.h' | wc -l)" = "$(find "$POOLTOP_SOURCE/engine/include/pooltop" -name '*.h' | wc -l)" ] ||
  complain "more headers than the public ones were installed"

# A project of its own: a plugin, and a program that links the engine.
mkdir outside
cat >outside/CMakeLists.txt <<'CMAKE'
cmake_minimum_required(VERSION 3.25)
project(outside LANGUAGES C CXX)
find_package(pooltop REQUIRED)
add_library(shout MODULE shout.c)
target_include_directories(shout PRIVATE $<TARGET_PROPERTY:pooltop::engine,INTERFACE_INCLUDE_DIRECTORIES>)
add_executable(linked linked.cc)
target_link_libraries(linked PRIVATE pooltop::engine)
CMAKE
cat >outside/shout.c <<'C'
#include <pooltop/plugin.h>
#include <ctype.h>
#include <stdlib.h>
uint32_t pooltop_plugin_abi(void) { return POOLTOP_PLUGIN_ABI; }
void* pooltop_plugin_open(const char* op, const char* args, const pooltop_host* host) {
  (void)op, (void)args, (void)host;
  return malloc(1);
}
int pooltop_plugin_apply(void* op, const void* item, size_t size, const pooltop_host* host) {
  char* out = malloc(size + 1);
  (void)op;
  for (size_t i = 0; i < size; ++i) out[i] = (char)toupper(((const unsigned char*)item)[i]);
  host->emit(host->context, out, size);
  free(out);
  return 0;
}
void pooltop_plugin_close(void* op) { free(op); }
C
cat >outside/linked.cc <<'CC'
#include <pooltop/plugin.h>
#include <cstdio>
#include <string>
namespace pooltop {
std::string format_bytes(unsigned long bytes);  // of the archive
}
int main() { std::puts(pooltop::format_bytes(31u << 20).c_str()); }
CC
if expect 0 cmake -S outside -B outside/build -G Ninja -DCMAKE_PREFIX_PATH="$here/prefix" && expect 0 ninja -C outside/build; then
  same "what the linked program says" "$(outside/build/linked)" 31M
  cat >shout.json <<'JSON'
{"stages": [{"name": "words", "source": {"items": ["a", "few", "words"]}},
            {"name": "shout", "plugin": "outside/build/libshout.so", "op": "shout"}]}
JSON
  expect 0 prefix/bin/pooltop run shout.json --plain
  same results "$(tr '\n' ' ' <out)" "A FEW WORDS "
fi
