/* Read once for all tests (see CMakeLists.txt). No test relies on it: each includes what it uses. */
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>
