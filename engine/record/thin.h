// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pooltop {

/// The file `samples` made small: of the older samples, and of the older rows of workers, every second, fourth, eighth
/// … is kept, so many that all together is at most half of `bytes`; the last `recent` ones stay as they are while there is room for them. Events
/// get an eighth of `bytes`; of too many, every second … is kept, first of the common ones. What is cut off or unknown
/// at the end is left out. Throws BadRecording as for_each_frame().
[[nodiscard]] std::string thinned(std::string_view file, std::size_t bytes, std::size_t recent);

}  // namespace pooltop
