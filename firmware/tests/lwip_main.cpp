/* main of the tests on lwIP: starts itself again inside a namespace with a tap device, where that is allowed; where it
 * is not, every case says so and is skipped. */
#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <vector>

int main(int argc, char **argv)
{
    testing::InitGoogleTest(&argc, argv);
    const bool listing = testing::GTEST_FLAG(list_tests);
    const std::string script = K230_LWIP_NAMESPACE;
    if (!listing && !getenv("K230_LWIP") && system((script + " --check").c_str()) == 0) {
        std::vector<char *> arguments;
        std::string filter = "--gtest_filter=" + testing::GTEST_FLAG(filter);
        std::string output = "--gtest_output=" + testing::GTEST_FLAG(output);
        std::string repeat = "--gtest_repeat=" + std::to_string(testing::GTEST_FLAG(repeat));
        std::string ignored =
            "--gtest_also_run_disabled_tests=" + std::to_string(testing::GTEST_FLAG(also_run_disabled_tests));
        arguments = {const_cast<char *>(script.c_str()), argv[0], &filter[0], &repeat[0], &ignored[0]};
        if (!testing::GTEST_FLAG(output).empty())
            arguments.push_back(&output[0]);
        arguments.push_back(nullptr);
        execv(script.c_str(), arguments.data());
        perror(script.c_str());
    }
    return RUN_ALL_TESTS();
}
