// SPDX-License-Identifier: MIT
// replay CHANGES FILE...: calls the target with each file, then with so many changes of them, always the same ones.
// Without a fuzzer, in every build. The input that a target did not survive is in TARGET.last of the working directory.
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/target.h"

namespace {

void try_input(const std::string& input) {
  std::ofstream(std::string(program_invocation_short_name) + ".last", std::ios::binary | std::ios::trunc) << input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::string changed(std::string input, const std::vector<std::string>& others, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : random() % limit; };
  for (std::size_t left = 1 + below(4); left > 0; --left) {
    const std::size_t at = below(input.size() + 1);
    switch (below(5)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(random());
        break;
      case 1:
        input.erase(at, 1 + below(8));
        break;
      case 2:
        input.insert(at, 1, static_cast<char>(random()));
        break;
      case 3: {
        const std::string& other = others[below(others.size())];
        input.insert(at, other, below(other.size() + 1), below(64));
        break;
      }
      default:
        input.resize(at);
    }
  }
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> seeds;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) {
    std::fprintf(stderr, "usage: replay CHANGES FILE...\n");
    return 2;
  }
  for (const std::string& seed : seeds) try_input(seed);
  std::mt19937 random(1);
  for (long left = std::atol(argv[1]); left > 0; --left)
    try_input(changed(seeds[random() % seeds.size()], seeds, random));
  return 0;
}
