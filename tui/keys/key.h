// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pooltop {

/// One key as the terminal gives it: a Unicode character (control characters too: Ctrl-C is 3), or one of the named
/// keys below, which lie above the last code point.
using Key = char32_t;

constexpr Key ctrl(char letter) { return static_cast<Key>(letter & 0x1f); }

inline constexpr Key kNoKey = 0;
inline constexpr Key kKeyTab = 9;
inline constexpr Key kKeyEnter = 13;
inline constexpr Key kKeyEsc = 27;
inline constexpr Key kKeySpace = U' ';
inline constexpr Key kKeyUp = 0x110001;
inline constexpr Key kKeyDown = 0x110002;
inline constexpr Key kKeyLeft = 0x110003;
inline constexpr Key kKeyRight = 0x110004;
inline constexpr Key kKeyPageUp = 0x110005;
inline constexpr Key kKeyPageDown = 0x110006;
inline constexpr Key kKeyHome = 0x110007;
inline constexpr Key kKeyEnd = 0x110008;
inline constexpr Key kKeyBackTab = 0x110009;
inline constexpr Key kKeyBackspace = 0x11000A;  ///< the terminal's erase key, whatever it sends
inline constexpr Key kKeyDelete = 0x11000B;
inline constexpr Key kKeyPaste = 0x11000C;  ///< no key: text that was pasted waits (Session::take_paste)
inline constexpr Key kKeyMouse = 0x11000D;  ///< no key: the mouse did something (Session::take_mouse)
inline constexpr Key kKeyF1 = 0x110101;     ///< F1 + n - 1 is Fn, to F12

/// The key as help and docs write it: "k", "Space", "Ctrl-U", "PgDn", "F9".
[[nodiscard]] std::string key_name(Key key);

}  // namespace pooltop
