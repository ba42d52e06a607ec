// K230.nanoFramework, MIT licence: see LICENSE

using System;
using System.IO;
using Microsoft.VisualStudio.TestTools.UnitTesting;

namespace K230.Results.Tests
{
    /// <summary>What is counted, and what is said of it.</summary>
    [TestClass]
    public sealed class ReportTests : IDisposable
    {
        private const string Passed = "status=\"run\"><system-out/>";
        private const string Failed =
            "status=\"fail\"><failure message=\"\"/><system-out>it said: wrong answer</system-out>";
        private const string Skipped =
            "status=\"notrun\"><skipped message=\"SKIP_RETURN_CODE=77\"/>" +
            "<system-out>first\nno tap device\n</system-out>";
        private const string NotRun =
            "status=\"notrun\"><skipped message=\"Unable to find executable\"/><system-out></system-out>";

        private readonly string _folder = Directory.CreateTempSubdirectory("results").FullName;

        private string _said;

        public void Dispose() => Directory.Delete(_folder, true);

        [TestMethod]
        public void A_test_of_CTest_is_one_case()
        {
            CTest(("A.one", Passed), ("A.two", Passed));
            Assert.AreEqual(0, Count("2 passed, 0 failed"));
        }

        [TestMethod]
        public void A_failure_is_named_and_shown()
        {
            CTest(("A.one", Passed), ("A.two", Failed));
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
            Assert.Contains("failed: all: A.two", _said);
            Assert.Contains("it said: wrong answer", _said);
        }

        [TestMethod]
        public void A_skip_says_why()
        {
            CTest(("A.one", Passed), ("Suite.B", Skipped));
            Assert.AreEqual(0, Count("1 passed, 0 failed, 1 skipped"));
            Assert.Contains("skipped: Suite.B: no tap device", _said);
        }

        [TestMethod]
        public void A_test_that_could_not_be_started_has_failed()
        {
            CTest(("A.one", Passed), ("A.gone", NotRun));
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
        }

        [TestMethod]
        public void The_cases_of_a_suite_count_in_its_place()
        {
            CTest(("Suite.B", Failed));
            Trx("Suite.B", ("one", "Passed"), ("two", "Failed"), ("three", "NotExecuted"));
            Assert.AreEqual(1, Count("1 passed, 1 failed, 1 skipped"));
            Assert.Contains("failed: Suite.B: two", _said);
            Assert.Contains("message of two", _said);
            Assert.Contains("skipped: three: message of three", _said);
        }

        [TestMethod]
        public void A_suite_that_fails_without_a_failed_case_is_one_failure()
        {
            CTest(("Suite.B", Failed));
            Trx("Suite.B", ("one", "Passed"));
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
            Assert.Contains("it said: wrong answer", _said);
        }

        [TestMethod]
        public void A_suite_that_ran_nothing_is_one_failure_unless_that_was_asked_for()
        {
            CTest(("Suite.B", Passed), ("A.one", Passed));
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
            Assert.AreEqual(0, Count("1 passed, 0 failed", "--filter", "one"));
        }

        [TestMethod]
        public void Lines_are_cases_too()
        {
            CTest(("Suite.C", Failed));
            File.WriteAllText(Path.Combine(_folder, "Suite.C.lines"), "ok X.one\nfigure: 7\nFAILED X.two: too large\n");
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
            Assert.Contains("FAILED X.two: too large", _said);
            Assert.AreEqual(1, Count("0 passed, 1 failed", "--filter", "two"));
        }

        [TestMethod]
        public void Results_that_cannot_be_read_are_failures()
        {
            CTest(("Suite.B", Passed), ("A.one", Passed));
            File.WriteAllText(Path.Combine(_folder, "Suite.B.trx"), "<TestRun><cut off");
            Assert.AreEqual(1, Count("1 passed, 1 failed"));
            File.WriteAllText(Path.Combine(_folder, "ctest-more.xml"), "");
            Assert.AreEqual(1, Count("1 passed, 2 failed"));
        }

        [TestMethod]
        public void What_did_not_run_at_all_counts_as_it_is_told()
        {
            CTest(("A.one", Passed));
            Assert.AreEqual(1, Count(
                "1 passed, 1 failed, 1 skipped", "--failed", "x did not build", "--skipped", "y: not installed: z"));
            Assert.Contains("failed: x did not build", _said);
            Assert.Contains("skipped: y: not installed: z", _said);
        }

        [TestMethod]
        public void No_case_at_all_is_no_success()
        {
            CTest();
            Assert.AreEqual(1, Count("0 passed, 0 failed"));
        }

        private void CTest(params (string Name, string Status)[] tests)
        {
            string text = "<testsuite>";

            foreach ((string name, string rest) in tests)
            {
                text += "<testcase name=\"" + name + "\" " + rest + "</testcase>";
            }

            File.WriteAllText(Path.Combine(_folder, "ctest-all.xml"), text + "</testsuite>");
        }

        private void Trx(string suite, params (string Name, string Outcome)[] results)
        {
            string text = "<TestRun xmlns=\"http://microsoft.com/schemas/VisualStudio/TeamTest/2010\"><Results>";

            foreach ((string name, string outcome) in results)
            {
                text += "<UnitTestResult testName=\"" + name + "\" outcome=\"" + outcome + "\"><Output><ErrorInfo>" +
                    "<Message>message of " + name + "</Message></ErrorInfo></Output></UnitTestResult>";
            }

            File.WriteAllText(Path.Combine(_folder, suite + ".trx"), text + "</Results></TestRun>");
        }

        /// <summary>Runs the tool; returns its exit code once the last line is as wanted.</summary>
        private int Count(string wanted, params string[] options)
        {
            TextWriter output = Console.Out;
            TextWriter error = Console.Error;
            var counts = new StringWriter();
            var said = new StringWriter();

            try
            {
                Console.SetOut(counts);
                Console.SetError(said);
                int code = Program.Main([_folder, .. options]);
                _said = said.ToString();
                Assert.AreEqual(wanted, counts.ToString().Trim());

                return code;
            }
            finally
            {
                Console.SetOut(output);
                Console.SetError(error);
            }
        }
    }
}
